package io.millrace.channel.thread;

import io.millrace.channel.handler.context.Usage;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.domain.channel.AttemptOutcome;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sums over the threads of a channel in its current life (contract row T-12), attempts and threads that were created by
 * themselves alike. Names are stable; times are in seconds, {@code threads.…} times are of threads that have ended.
 *
 * <ul>
 *   <li>{@code threads.max}, {@code .active}, {@code .waiting}, {@code .quarantined}, {@code .pooled}: slots, threads that
 *       run, that wait for a slot, that would not end, and platform threads there are; as they are now
 *   <li>{@code threads.created}, {@code .ended}, {@code .failed}, {@code .refused}: registered, gone, gone without
 *       success, and never registered because a limit was reached; {@code created = ended + active + waiting + quarantined}
 *   <li>{@code threads.terminated}, {@code .forced}, {@code .notTerminated}: ends that were requested and came, that took
 *       an interrupt or a kill, and that did not come
 *   <li>{@code threads.cpuTimeSeconds}, {@code .allocatedBytes}, {@code .blockedTimeSeconds}, {@code .waitedTimeSeconds},
 *       {@code .queueWaitSeconds}, {@code .runTimeSeconds}
 *   <li>{@code slots.wait.<class>.count}, {@code .seconds}, {@code .maxSeconds}: slots given to a class and how long those
 *       who got them had waited
 *   <li>{@code isolation.checks}, {@code .breaches}; {@code boundary.violations}: commands refused for a bad handle
 * </ul>
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadTotals {
    private static final double SECONDS_PER_NANO = 1e-9;

    private final SlotWaits[] waits = {new SlotWaits(), new SlotWaits(), new SlotWaits()};
    private Usage usage = Usage.NONE;
    private long queueWaitNanos;
    private long runNanos;
    private long created;
    private long ended;
    private long failed;
    private long refused;
    private long terminated;
    private long forced;
    private long notTerminated;
    private long isolationChecks;
    private long isolationBreaches;
    private long boundaryViolations;

    void created() {
        created++;
    }

    /** A registration was taken back. */
    void notCreated() {
        created--;
        refused++;
    }

    void refused() {
        refused++;
    }

    void began(ManagedThread thread) {
        waits[thread.placement.priority().ordinal()].add(thread.queueWaitNanos());
    }

    void ended(ManagedThread thread, AttemptOutcome outcome) {
        ended++;
        failed += outcome.kind() == AttemptOutcome.Kind.SUCCEEDED ? 0 : 1;
        usage = usage.plus(thread.usage);
        queueWaitNanos += thread.queueWaitNanos();
        runNanos += thread.runNanos();
    }

    void terminated(boolean wasForced) {
        terminated++;
        forced += wasForced ? 1 : 0;
    }

    void notTerminated() {
        notTerminated++;
    }

    void checked(int breaches) {
        isolationChecks++;
        isolationBreaches += breaches;
    }

    void boundaryBroken() {
        boundaryViolations++;
    }

    /** Fills in everything that is summed up here. */
    Map<String, Double> values() {
        Map<String, Double> values = new TreeMap<>();
        values.put("threads.created", (double) created);
        values.put("threads.ended", (double) ended);
        values.put("threads.failed", (double) failed);
        values.put("threads.refused", (double) refused);
        values.put("threads.terminated", (double) terminated);
        values.put("threads.forced", (double) forced);
        values.put("threads.notTerminated", (double) notTerminated);
        values.put("threads.cpuTimeSeconds", usage.cpuTime().toNanos() * SECONDS_PER_NANO);
        values.put("threads.allocatedBytes", (double) usage.allocatedBytes());
        values.put("threads.blockedTimeSeconds", usage.blockedTime().toNanos() * SECONDS_PER_NANO);
        values.put("threads.waitedTimeSeconds", usage.waitedTime().toNanos() * SECONDS_PER_NANO);
        values.put("threads.queueWaitSeconds", queueWaitNanos * SECONDS_PER_NANO);
        values.put("threads.runTimeSeconds", runNanos * SECONDS_PER_NANO);
        values.put("isolation.checks", (double) isolationChecks);
        values.put("isolation.breaches", (double) isolationBreaches);
        values.put("boundary.violations", (double) boundaryViolations);
        for (var priority : ThreadPriority.values()) {
            waits[priority.ordinal()].fill(
                    values, "slots.wait." + priority.name().toLowerCase(Locale.ROOT));
        }
        return values;
    }

    /** How long those of one class had waited when they got their slots. */
    private static final class SlotWaits {
        private long count;
        private long nanos;
        private long nanosMax;

        void add(long waited) {
            count++;
            nanos += waited;
            nanosMax = Math.max(nanosMax, waited);
        }

        void fill(Map<String, Double> values, String name) {
            values.put(name + ".count", (double) count);
            values.put(name + ".seconds", nanos * SECONDS_PER_NANO);
            values.put(name + ".maxSeconds", nanosMax * SECONDS_PER_NANO);
        }
    }
}
