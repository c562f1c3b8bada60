package io.millrace.domain.incident;

import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;

/**
 * How often something was seen.
 *
 * @param firstMillis and lastMillis in milliseconds since the epoch
 * @param counted the latest occurrences, so that none counts twice; at most {@link Limits#INCIDENT_OCCURRENCES_MAX}
 */
public record Sightings(long count, long firstMillis, long lastMillis, List<String> counted) {
    public Sightings {
        counted = List.copyOf(counted);
    }

    static Sightings first(long atMillis, String occurrence) {
        return new Sightings(1, atMillis, atMillis, List.of(occurrence));
    }

    Sightings and(long atMillis, String occurrence) {
        List<String> latest = new ArrayList<>(counted);
        latest.add(occurrence);
        int surplus = Math.max(0, latest.size() - Limits.INCIDENT_OCCURRENCES_MAX);
        return new Sightings(
                count + 1, firstMillis, Math.max(lastMillis, atMillis), latest.subList(surplus, latest.size()));
    }

    /** What was seen of a part, too. */
    Sightings plus(Sightings other) {
        List<String> all = new ArrayList<>(other.counted);
        all.addAll(counted);
        int surplus = Math.max(0, all.size() - Limits.INCIDENT_OCCURRENCES_MAX);
        return new Sightings(
                count + other.count,
                Math.min(firstMillis, other.firstMillis),
                Math.max(lastMillis, other.lastMillis),
                all.subList(surplus, all.size()));
    }
}
