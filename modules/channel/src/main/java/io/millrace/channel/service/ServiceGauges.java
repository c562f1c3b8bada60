package io.millrace.channel.service;

import io.millrace.channel.Instruments;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.process.ProcessEntry;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What the services of one channel add to the gauges of its node. No gauge has a name of a process or channel among its
 * labels: those may be many, and the list of processes has them.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceGauges {
    private final Instruments instruments;
    private Map<Instruments.Gauge, Integer> shown = Map.of();

    ServiceGauges(Instruments instruments) {
        this.instruments = instruments;
    }

    /** Adds these instead of those before. */
    void show(Collection<ProcessEntry> processes, Predicate<ProcessEntry> isCrashLooping) {
        Map<Instruments.Gauge, Integer> counts = new HashMap<>();
        for (ProcessEntry process : processes) {
            counts.merge(instruments.services(process.state()), 1, Integer::sum);
            if (process.isReady()) {
                counts.merge(instruments.servicesReady(), 1, Integer::sum);
            }
            if (isCrashLooping.test(process)) {
                counts.merge(instruments.servicesCrashLooping(), 1, Integer::sum);
            }
        }
        replace(counts);
    }

    /** The channel is on this node no longer. */
    void clear() {
        replace(Map.of());
    }

    private void replace(Map<Instruments.Gauge, Integer> counts) {
        shown.forEach((gauge, count) -> gauge.add(counts.getOrDefault(gauge, 0) - count));
        counts.forEach((gauge, count) -> gauge.add(shown.containsKey(gauge) ? 0 : count));
        shown = counts;
    }
}
