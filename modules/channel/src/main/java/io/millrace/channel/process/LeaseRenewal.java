package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.RunKey;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Until when the processes of a channel may run: until the end of a lease that begins whenever it is shown that the channel
 * belongs to this node. Times are those of {@link System#nanoTime}.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LeaseRenewal {
    private final ProcessLease lease;
    private final Map<AttemptId, ChannelProcess> processes;
    private @Nullable Long ownedUntil;

    LeaseRenewal(ProcessLease lease, Map<AttemptId, ChannelProcess> processes) {
        this.lease = lease;
        this.processes = processes;
    }

    /** The channel belongs to this node until then at least. What was known for longer stays known. */
    void owned(long untilNanos) {
        ownedUntil = ownedUntil == null || untilNanos - ownedUntil > 0 ? Long.valueOf(untilNanos) : ownedUntil;
    }

    /** The end of the lease of a process that starts now; absent if so little of it is left that it has to be renewed first. */
    @Nullable Long endForStart(long nowNanos) {
        return ownedUntil != null && ownedUntil - nowNanos >= lease.renewalAge().toNanos() ? ownedUntil : null;
    }

    /** True if something runs, or waits to, that depends on the lease. */
    boolean isNeeded() {
        return processes.values().stream().anyMatch(process -> !process.isOver);
    }

    /** How long the question whose the channel is can wait; zero if it is due. */
    Duration untilQuestion(long nowNanos) {
        long renewAtRemaining = lease.length().minus(lease.renewalAge()).toNanos();
        long earliest = Long.MAX_VALUE;
        for (ChannelProcess process : processes.values()) {
            if (!process.isOver) {
                long remaining = process.waiting == null ? process.leaseEndNanos - nowNanos : 0;
                earliest = Math.min(earliest, remaining - renewAtRemaining);
            }
        }
        return Duration.ofNanos(Math.max(0, earliest));
    }

    Duration questionInterval() {
        return lease.questionInterval();
    }

    /** Leases of running processes that last longer by what is known now, with their new ends. */
    Map<RunKey, Long> renewed() {
        Map<RunKey, Long> ends = new HashMap<>();
        Long until = ownedUntil;
        if (until != null) {
            for (ChannelProcess process : running()) {
                ProcessRun run = process.run;
                if (run != null && until - process.leaseEndNanos > 0) {
                    process.leaseEndNanos = until;
                    ends.put(run.key(), until);
                }
            }
        }
        return ends;
    }

    /** The end of the last lease of a process that survives its node when that is stopped; absent if it is to end now. */
    @Nullable Long endAfterStop() {
        Long until = ownedUntil;
        if (until == null || !lease.restartWindow().isPositive()) {
            return null;
        }
        return until + lease.restartWindow().minus(lease.length()).toNanos();
    }

    private Collection<ChannelProcess> running() {
        return processes.values().stream().filter(ChannelProcess::isRunning).toList();
    }
}
