package io.millrace.domain.cleanup;

import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStep;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.StepStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step of an execution as far as it is.
 *
 * @param tries how often its action was started
 * @param undoTries how often its undo was started
 * @param node that ran it last, absent before
 * @param startedAtMillis first start of its action, 0 before; wall-clock time in milliseconds since the epoch
 * @param durationMillis of action and check, 0 before its end
 * @param error why it failed, was skipped or could not be taken back; absent otherwise
 * @param released by it
 */
public record RunStep(
        PlannedStep plan,
        StepStatus status,
        int tries,
        int undoTries,
        @Nullable String node,
        long startedAtMillis,
        long durationMillis,
        @Nullable Problem error,
        Released released) {
    public RunStep {
        released = released == null ? Released.NOTHING : released;
    }

    /** A step nothing has happened to; one that completed in an earlier execution has nothing left to do. */
    static RunStep planned(PlannedStep plan) {
        StepStatus status = plan.isDone() ? StepStatus.COMPLETE : StepStatus.PENDING;
        return new RunStep(plan, status, 0, 0, null, 0, 0, null, Released.NOTHING);
    }

    public CleanupName name() {
        return plan.name();
    }

    /** True while something outside the channel happens for it. */
    public boolean isActing() {
        return status == StepStatus.RUNNING || status == StepStatus.UNDOING;
    }

    /** True if a rollback has to undo it: it has worked, or failed in the middle, and is not undone yet. */
    public boolean isToBeUndone() {
        return status == StepStatus.COMPLETE
                || status == StepStatus.UNDOING
                || status == StepStatus.FAILED && tries > 0 && plan.isReversible();
    }

    /** Which of its actions was started last. */
    public StepPhase phase() {
        return switch (status) {
            case PENDING, RUNNING, COMPLETE, FAILED, SKIPPED -> StepPhase.ACTION;
            case UNDOING, UNDONE, UNDO_FAILED -> StepPhase.UNDO;
        };
    }

    /** How it is shown. */
    public CleanupStep view() {
        return new CleanupStep(
                plan.name(),
                status,
                tries,
                node,
                startedAtMillis == 0 ? null : Instant.ofEpochMilli(startedAtMillis),
                durationMillis == 0 && !hasEnded() ? null : Duration.ofMillis(durationMillis),
                error);
    }

    /**
     * What it ended for good. Locks and resources it has withheld only: they go back with the whole execution, which says so.
     */
    List<ReturnedItem> returned() {
        List<ReturnedItem> items = new ArrayList<>();
        addTo(items, ReturnedItem.Type.PROCESS, released.processes());
        addTo(items, ReturnedItem.Type.THREAD, released.threads());
        addTo(items, ReturnedItem.Type.OUTPUT, released.logBytes());
        return items;
    }

    private void addTo(List<ReturnedItem> items, ReturnedItem.Type type, long amount) {
        if (amount > 0 && node != null) {
            items.add(new ReturnedItem(
                    type,
                    type == ReturnedItem.Type.OUTPUT ? 1 : amount,
                    amount,
                    List.of(),
                    node,
                    ReturnedItem.End.RETURNED,
                    name().value(),
                    node,
                    Instant.ofEpochMilli(startedAtMillis + durationMillis),
                    null));
        }
    }

    RunStep started(CleanupChange.StepStarted change, long atMillis) {
        boolean isUndo = change.phase() == StepPhase.UNDO;
        return new RunStep(
                plan,
                isUndo ? StepStatus.UNDOING : StepStatus.RUNNING,
                isUndo ? tries : change.number(),
                isUndo ? change.number() : undoTries,
                change.node(),
                startedAtMillis == 0 ? atMillis : startedAtMillis,
                durationMillis,
                isUndo ? error : null,
                released);
    }

    RunStep ended(CleanupChange.StepEnded change) {
        boolean isUndo = change.status() == StepStatus.UNDONE || change.status() == StepStatus.UNDO_FAILED;
        return new RunStep(
                plan,
                change.status(),
                tries,
                undoTries,
                node,
                startedAtMillis,
                isUndo ? durationMillis : change.durationMillis(),
                change.error(),
                isUndo ? released : change.released());
    }

    /** One whose undo failed is undone once more if somebody asks again. */
    RunStep rollbackStarted() {
        return status == StepStatus.UNDO_FAILED
                ? new RunStep(
                        plan, StepStatus.COMPLETE, tries, 0, node, startedAtMillis, durationMillis, null, released)
                : this;
    }

    private boolean hasEnded() {
        return switch (status) {
            case PENDING, RUNNING, SKIPPED -> false;
            case COMPLETE, FAILED, UNDOING, UNDONE, UNDO_FAILED -> true;
        };
    }
}
