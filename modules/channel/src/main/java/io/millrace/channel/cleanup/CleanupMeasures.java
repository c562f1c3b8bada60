package io.millrace.channel.cleanup;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How tasks have done since the channel has been on its node (contract rows C-07 and C-11). */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class CleanupMeasures {
    private final Map<CleanupName, Measure> tasks = new HashMap<>();
    private final Measure all = new Measure();
    private long registrations;
    private long runs;
    private long runsFailed;

    private static final class Measure {
        long executions;
        long failures;
        long skips;
        long rollbacks;
        long ended;
        long latestMillis;
        long totalMillis;
        long longestMillis;

        void ended(boolean hasFailed, long millis) {
            executions++;
            failures += hasFailed ? 1 : 0;
            ended++;
            latestMillis = millis;
            totalMillis += millis;
            longestMillis = Math.max(longestMillis, millis);
        }
    }

    void registered() {
        registrations++;
    }

    /**
     * A step has acted and ended.
     *
     * @param task absent for a step of a job. Jobs name theirs as they like and without end, so those are counted together
     */
    public void stepEnded(@Nullable CleanupName task, boolean hasFailed, long millis) {
        if (task != null) {
            of(task).ended(hasFailed, millis);
        }
        all.ended(hasFailed, millis);
    }

    /** @param task as for {@link #stepEnded} */
    void skipped(@Nullable CleanupName task) {
        if (task != null) {
            of(task).skips++;
        }
        all.skips++;
    }

    /** Only registered tasks are taken back. */
    void undone(CleanupName task) {
        of(task).rollbacks++;
        all.rollbacks++;
    }

    void runEnded(boolean hasFailed) {
        runs++;
        runsFailed += hasFailed ? 1 : 0;
    }

    void removed(CleanupName task) {
        tasks.remove(task);
    }

    void clear() {
        tasks.clear();
    }

    private Measure of(CleanupName task) {
        return tasks.computeIfAbsent(task, _ -> new Measure());
    }

    CleanupMetrics metrics(CleanupName task) {
        Measure measure = tasks.getOrDefault(task, new Measure());
        return new CleanupMetrics(
                task,
                measure.executions,
                measure.failures,
                measure.skips,
                measure.rollbacks,
                duration(measure, measure.latestMillis),
                duration(measure, measure.ended == 0 ? 0 : measure.totalMillis / measure.ended),
                duration(measure, measure.longestMillis));
    }

    private static @Nullable Duration duration(Measure measure, long millis) {
        return measure.ended == 0 ? null : Duration.ofMillis(millis);
    }

    /** Numbers of the channel by name. */
    public Map<String, Double> totals() {
        Map<String, Double> totals = new HashMap<>();
        totals.put("cleanups.registrations", (double) registrations);
        totals.put("cleanups.runs", (double) runs);
        totals.put("cleanups.runsFailed", (double) runsFailed);
        totals.put("cleanups.steps", (double) all.executions);
        totals.put("cleanups.stepsFailed", (double) all.failures);
        totals.put("cleanups.stepsSkipped", (double) all.skips);
        totals.put("cleanups.stepsUndone", (double) all.rollbacks);
        totals.put("cleanups.stepMillis.total", (double) all.totalMillis);
        totals.put("cleanups.stepMillis.longest", (double) all.longestMillis);
        return totals;
    }
}
