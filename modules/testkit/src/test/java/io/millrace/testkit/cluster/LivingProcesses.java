package io.millrace.testkit.cluster;

import io.millrace.host.system.ProcessTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;

/** Processes that lived at one moment, told from others that are given their ids later. */
final class LivingProcesses {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final List<ProcessTable.Entry> entries;

    private LivingProcesses(List<ProcessTable.Entry> entries) {
        this.entries = entries;
    }

    /** Those of these process ids that live now. */
    static LivingProcesses of(List<Integer> pids) {
        return new LivingProcesses(pids.stream()
                .map(ProcessTable::find)
                .flatMap(Optional::stream)
                .filter(process -> !process.isEnded())
                .toList());
    }

    /** How many there were. */
    int size() {
        return entries.size();
    }

    /** How many still live. */
    long count() {
        return entries.stream().filter(LivingProcesses::isAlive).count();
    }

    /** Waits until none lives, and gives how long that took from a point of the monotonic clock. */
    Duration timeToEnd(long sinceNanos, Duration max) {
        List<ProcessTable.Entry> left = new ArrayList<>(entries);
        Awaitility.await("end of " + entries.size() + " processes")
                .pollInterval(LOOK_AGAIN)
                .atMost(max)
                .until(() -> {
                    left.removeIf(process -> !isAlive(process));
                    return left.isEmpty();
                });
        return Duration.ofNanos(System.nanoTime() - sinceNanos);
    }

    private static boolean isAlive(ProcessTable.Entry process) {
        return ProcessTable.find(process.pid())
                .filter(now -> now.startTicks() == process.startTicks() && !now.isEnded())
                .isPresent();
    }
}
