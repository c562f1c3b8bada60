package io.millrace.domain.channel.simulation;

import java.util.Map;
import java.util.TreeMap;

/** What was met how often in runs; a simulation that never meets a case proves nothing about it. */
final class Sightings {
    private final Map<String, Long> counts = new TreeMap<>();

    void add(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    void addAll(Sightings others) {
        others.counts.forEach((what, count) -> counts.merge(what, count, Long::sum));
    }

    Map<String, Long> counts() {
        return counts;
    }
}
