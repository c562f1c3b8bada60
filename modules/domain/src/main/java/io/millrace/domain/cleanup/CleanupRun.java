package io.millrace.domain.cleanup;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.StepStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One execution of a cleanup as far as it is. Belongs to a {@link CleanupBook}, which alone changes it. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class CleanupRun {
    private final long number;
    private final RunCause cause;
    private final @Nullable CleanupName root;
    private final @Nullable JobId job;
    private final @Nullable Integer attempt;
    private final @Nullable Long epoch;
    private final long startedAtMillis;
    private final List<RunStep> steps;
    private final Map<CleanupName, Integer> places;

    private CleanupStatus status;
    private boolean isRollingBack;
    private long endedAtMillis;
    private Released released;
    private @Nullable Boolean isMemoryReclaimed;
    private List<String> problems;
    private List<ReturnedItem> returned;

    private CleanupRun(RunSnapshot from) {
        number = from.number();
        cause = from.cause();
        root = from.root();
        job = from.job();
        attempt = from.attempt();
        epoch = from.epoch();
        startedAtMillis = from.startedAtMillis();
        steps = new ArrayList<>(from.steps());
        places = HashMap.newHashMap(steps.size());
        for (int place = 0; place < steps.size(); place++) {
            places.put(steps.get(place).name(), place);
        }
        status = from.status();
        isRollingBack = from.isRollingBack();
        endedAtMillis = from.endedAtMillis();
        released = from.released();
        isMemoryReclaimed = from.isMemoryReclaimed();
        problems = from.problems();
        returned = from.returned();
    }

    static CleanupRun of(RunSnapshot snapshot) {
        return new CleanupRun(snapshot);
    }

    static CleanupRun started(CleanupChange.RunStarted change, long atMillis) {
        return new CleanupRun(new RunSnapshot(
                change.run(),
                change.cause(),
                change.root(),
                change.job(),
                change.attempt(),
                change.epoch(),
                atMillis,
                change.steps().stream().map(RunStep::planned).toList(),
                CleanupStatus.RUNNING,
                false,
                0,
                Released.NOTHING,
                null,
                List.of(),
                List.of()));
    }

    /** An immutable copy; the steps in it are shared, not copied. */
    public RunSnapshot snapshot() {
        return new RunSnapshot(
                number,
                cause,
                root,
                job,
                attempt,
                epoch,
                startedAtMillis,
                steps,
                status,
                isRollingBack,
                endedAtMillis,
                released,
                isMemoryReclaimed,
                problems,
                returned);
    }

    /** Rises within the channel. */
    public long number() {
        return number;
    }

    public RunCause cause() {
        return cause;
    }

    /** Task that was asked for, absent unless the cause is {@link RunCause#TASK}. */
    public @Nullable CleanupName root() {
        return root;
    }

    /** Job whose attempt it cleans up behind, absent unless the cause is {@link RunCause#ATTEMPT}. */
    public @Nullable JobId job() {
        return job;
    }

    /** Number of that attempt. */
    public @Nullable Integer attempt() {
        return attempt;
    }

    /** Epoch of that attempt. */
    public @Nullable Long epoch() {
        return epoch;
    }

    /** True if its steps are registered tasks; those of an attempt are named by its job and are others. */
    public boolean isOfRegisteredTasks() {
        return cause != RunCause.ATTEMPT;
    }

    public boolean isActive() {
        return status == CleanupStatus.RUNNING;
    }

    /** True from the wish to take it back on, also when that has ended. */
    public boolean isRollingBack() {
        return isRollingBack;
    }

    public CleanupStatus status() {
        return status;
    }

    public long startedAtMillis() {
        return startedAtMillis;
    }

    /** 0 while it goes on. */
    public long endedAtMillis() {
        return endedAtMillis;
    }

    /** In the order in which they may run. A view: it changes with the execution. */
    public List<RunStep> steps() {
        return Collections.unmodifiableList(steps);
    }

    public @Nullable RunStep step(CleanupName name) {
        Integer place = places.get(name);
        return place == null ? null : steps.get(place);
    }

    /** True if it has ended with failures; what its steps withheld then stays withheld. */
    boolean isIncomplete() {
        return switch (status) {
            case FAILED, COMPLETE_WITH_FAILURES, NEEDS_OPERATOR -> true;
            case NOT_STARTED, RUNNING, COMPLETE, ROLLED_BACK -> false;
        };
    }

    /** True if it has ended and locks or resources it withheld are back for good, so that others may have them. */
    public boolean hasLetGo() {
        return !isActive() && released.locks() + released.resources() > 0;
    }

    /**
     * What its steps released so far, what had been released at its end, or what a later execution has let go of since that
     * this one had withheld.
     */
    public Released released() {
        Released sum = released;
        if (isActive()) {
            for (RunStep step : steps) {
                sum = sum.plus(step.released());
            }
        }
        return sum;
    }

    /** Absent before that was checked. */
    public @Nullable Boolean isMemoryReclaimed() {
        return isMemoryReclaimed;
    }

    /** What was found wrong at its end. */
    public List<String> problems() {
        return problems;
    }

    /** Everything that went back, that by its steps first; behind an attempt what that held. */
    public List<ReturnedItem> returned() {
        List<ReturnedItem> all = new ArrayList<>();
        steps.forEach(step -> all.addAll(step.returned()));
        all.addAll(returned);
        return all;
    }

    /** Behind an attempt what went back is known by its items alone. */
    private Released releasedInAll() {
        return returned.stream()
                .filter(_ -> cause == RunCause.ATTEMPT)
                .map(ReturnedItem::released)
                .reduce(released(), Released::plus);
    }

    /** How it is shown. */
    public CleanupResult result(long nowMillis) {
        long until = isActive() ? nowMillis : endedAtMillis;
        return new CleanupResult(
                number,
                root,
                job,
                status,
                Instant.ofEpochMilli(startedAtMillis),
                isActive() ? null : Instant.ofEpochMilli(endedAtMillis),
                Duration.ofMillis(Math.max(0, until - startedAtMillis)),
                steps.stream().map(RunStep::view).toList(),
                releasedInAll(),
                isMemoryReclaimed,
                problems,
                returned());
    }

    void stepStarted(CleanupChange.StepStarted change, long atMillis) {
        Integer place = places.get(change.step());
        if (place != null) {
            steps.set(place, steps.get(place).started(change, atMillis));
        }
    }

    void stepEnded(CleanupChange.StepEnded change) {
        Integer place = places.get(change.step());
        if (place != null) {
            steps.set(place, steps.get(place).ended(change));
        }
    }

    /** An execution that had ended is under way again, now to be taken back. */
    void rollbackStarted() {
        isRollingBack = true;
        status = CleanupStatus.RUNNING;
        endedAtMillis = 0;
        released = Released.NOTHING;
        isMemoryReclaimed = null;
        problems = List.of();
        returned = List.of();
        steps.replaceAll(RunStep::rollbackStarted);
    }

    /** A later execution has released locks or resources for good, and those among them that this one withheld. */
    void letGo(Released byLater) {
        boolean areLocksGone = byLater.locks() > 0 && released.locks() == 0;
        boolean areResourcesGone = byLater.resources() > 0 && released.resources() == 0;
        for (RunStep step : steps) {
            if (step.isToBeUndone() || step.status() == StepStatus.UNDO_FAILED) {
                Released withheld = step.released();
                released = released.plus(new Released(
                        0,
                        0,
                        areLocksGone ? withheld.locks() : 0,
                        areResourcesGone ? withheld.resources() : 0,
                        areResourcesGone ? withheld.bytes() : 0,
                        0));
            }
        }
    }

    void ended(CleanupChange.RunEnded change, long atMillis) {
        status = change.status();
        endedAtMillis = atMillis;
        released = change.released();
        isMemoryReclaimed = change.isMemoryReclaimed();
        problems = change.problems();
        returned = change.returned();
    }

    void itemsReturned(CleanupChange.ItemsReturned change) {
        List<ReturnedItem> all = new ArrayList<>(returned);
        all.addAll(change.returned());
        returned = List.copyOf(all);
    }
}
