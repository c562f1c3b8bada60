package io.millrace.domain.cleanup;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Executions that go on and those that have ended lately. Of the ended ones {@link Limits#CLEANUPS_KEPT_MAX} of attempts
 * are kept, as many others, and the latest of each task; all of these together have
 * {@link Limits#CLEANUP_STEPS_KEPT_MAX} steps at most, and beyond that the oldest go. How the latest execution of a task
 * has ended is remembered for good.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class KeptRuns {
    private final NavigableMap<Long, CleanupRun> active = new TreeMap<>();
    private final NavigableMap<Long, CleanupRun> endedOfAttempts = new TreeMap<>();
    private final NavigableMap<Long, CleanupRun> ended = new TreeMap<>();
    private final SortedMap<CleanupName, Long> latest = new TreeMap<>();
    /** How many tasks an execution is the latest of; absent for none. */
    private final Map<Long, Integer> latestOf = new HashMap<>();
    /** Of tasks whose latest execution is not kept. */
    private final Map<CleanupName, CleanupStatus> forgotten = new HashMap<>();
    /** How a task has done in an execution that is about to be forgotten. */
    private final Function<CleanupName, CleanupStatus> statusOf;

    private long latestOfChannel;
    private int endedSteps;

    KeptRuns(Function<CleanupName, CleanupStatus> statusOf) {
        this.statusOf = statusOf;
    }

    /** In the order in which they began. A view. */
    Collection<CleanupRun> active() {
        return Collections.unmodifiableCollection(active.values());
    }

    /** Newest first. */
    List<CleanupRun> newest(int max) {
        return Stream.of(active, endedOfAttempts, ended)
                .flatMap(runs -> runs.descendingMap().values().stream().limit(max))
                .sorted(Comparator.comparingLong(CleanupRun::number).reversed())
                .limit(max)
                .toList();
    }

    @Nullable CleanupRun run(long number) {
        CleanupRun run = active.get(number);
        run = run == null ? ended.get(number) : run;
        return run == null ? endedOfAttempts.get(number) : run;
    }

    /** Absent if the task has not run, or so long ago that its execution is not kept. */
    @Nullable CleanupRun latest(CleanupName task) {
        Long number = latest.get(task);
        return number == null ? null : run(number);
    }

    /** Of all tasks together. */
    @Nullable CleanupRun latestOfChannel() {
        return run(latestOfChannel);
    }

    /** How a task ended whose latest execution is not kept. */
    @Nullable CleanupStatus forgottenStatus(CleanupName task) {
        return forgotten.get(task);
    }

    @Nullable CleanupRun ofAttempt(JobId job, long epoch) {
        CleanupRun run = ofAttempt(active.values(), job, epoch);
        return run == null ? ofAttempt(endedOfAttempts.descendingMap().values(), job, epoch) : run;
    }

    /** The newest behind an attempt of a job. */
    @Nullable CleanupRun ofJob(JobId job) {
        return Stream.concat(active.values().stream(), endedOfAttempts.values().stream())
                .filter(run -> job.equals(run.job()))
                .max(Comparator.comparingLong(CleanupRun::number))
                .orElse(null);
    }

    void started(CleanupRun run) {
        active.put(run.number(), run);
        if (run.isOfRegisteredTasks()) {
            run.steps().forEach(step -> becomesLatest(step.name(), run.number()));
            latestOfChannel = run.root() == null ? run.number() : latestOfChannel;
        }
    }

    void ended(CleanupRun run) {
        active.remove(run.number());
        keep(run);
        prune();
    }

    /** What an execution lets go of at its end includes what failed ones before it have left withheld. */
    void letGo(CleanupChange.RunEnded by) {
        for (CleanupRun run : ended.values()) {
            if (run.number() != by.run() && run.isIncomplete()) {
                run.letGo(by.released());
            }
        }
    }

    /** An ended execution is under way again. */
    void reopened(CleanupRun run) {
        CleanupRun removed = ended.remove(run.number());
        endedSteps -= removed == null ? 0 : removed.steps().size();
        active.put(run.number(), run);
    }

    void taskRemoved(CleanupName task) {
        forgotten.remove(task);
        Long number = latest.remove(task);
        if (number != null) {
            noLongerLatest(number);
        }
    }

    void clear() {
        active.clear();
        endedOfAttempts.clear();
        ended.clear();
        latest.clear();
        latestOf.clear();
        forgotten.clear();
        latestOfChannel = 0;
        endedSteps = 0;
    }

    List<RunSnapshot> snapshot() {
        NavigableMap<Long, CleanupRun> all = new TreeMap<>(active);
        all.putAll(ended);
        all.putAll(endedOfAttempts);
        return all.values().stream().map(CleanupRun::snapshot).toList();
    }

    List<CleanupSnapshot.LatestRun> latestSnapshot() {
        List<CleanupSnapshot.LatestRun> all = new ArrayList<>(latest.size());
        latest.forEach((task, number) -> all.add(new CleanupSnapshot.LatestRun(task, number, forgotten.get(task))));
        return all;
    }

    void restore(List<RunSnapshot> runs, List<CleanupSnapshot.LatestRun> latestRuns) {
        for (RunSnapshot each : runs) {
            CleanupRun run = CleanupRun.of(each);
            if (run.isActive()) {
                active.put(run.number(), run);
            } else {
                keep(run);
            }
            if (run.isOfRegisteredTasks() && run.root() == null) {
                latestOfChannel = run.number();
            }
        }
        for (CleanupSnapshot.LatestRun each : latestRuns) {
            becomesLatest(each.task(), each.run());
            if (each.forgottenStatus() != null) {
                forgotten.put(each.task(), each.forgottenStatus());
            }
        }
    }

    private void keep(CleanupRun run) {
        (run.isOfRegisteredTasks() ? ended : endedOfAttempts).put(run.number(), run);
        endedSteps += run.steps().size();
    }

    private void prune() {
        if (endedOfAttempts.size() > Limits.CLEANUPS_KEPT_MAX) {
            endedSteps -= endedOfAttempts.pollFirstEntry().getValue().steps().size();
        }
        if (ended.size() - latestEnded() > Limits.CLEANUPS_KEPT_MAX) {
            ended.values().stream().filter(run -> !isLatest(run)).findFirst().ifPresent(this::forget);
        }
        while (endedSteps > Limits.CLEANUP_STEPS_KEPT_MAX && ended.size() > 1) {
            forget(ended.firstEntry().getValue());
        }
    }

    private long latestEnded() {
        return ended.values().stream().filter(this::isLatest).count();
    }

    private boolean isLatest(CleanupRun run) {
        return latestOf.containsKey(run.number()) || run.number() == latestOfChannel;
    }

    private void forget(CleanupRun run) {
        for (RunStep step : run.steps()) {
            Long number = latest.get(step.name());
            if (number != null && number == run.number()) {
                forgotten.put(step.name(), statusOf.apply(step.name()));
            }
        }
        ended.remove(run.number());
        endedSteps -= run.steps().size();
    }

    private void becomesLatest(CleanupName task, long number) {
        forgotten.remove(task);
        Long before = latest.put(task, number);
        if (before != null) {
            noLongerLatest(before);
        }
        latestOf.merge(number, 1, Integer::sum);
    }

    private void noLongerLatest(long number) {
        latestOf.computeIfPresent(number, (_, tasks) -> tasks == 1 ? null : tasks - 1);
    }

    private static @Nullable CleanupRun ofAttempt(Collection<CleanupRun> runs, JobId job, long epoch) {
        for (CleanupRun run : runs) {
            Long ofRun = run.epoch();
            if (job.equals(run.job()) && ofRun != null && ofRun == epoch) {
                return run;
            }
        }
        return null;
    }
}
