package io.millrace.domain.cleanup;

import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how an execution is taken back: each step that has worked, or failed in the middle, is undone behind all
 * that depend on it. A failed step without an undo counts as having done nothing.
 */
final class RollbackRules {
    private final CleanupRefusals refusals;
    private final CleanupBook book;

    RollbackRules(CleanupRefusals refusals, CleanupBook book) {
        this.refusals = refusals;
        this.book = book;
    }

    /**
     * Why the latest execution of a task cannot be taken back; checked before anything is undone.
     *
     * @param run that execution, absent if it is not known
     */
    @Nullable Problem whyNot(CleanupName task, @Nullable CleanupRun run) {
        if (run == null) {
            return book.status(task) == CleanupStatus.NOT_STARTED
                    ? refusals.neverExecuted(task)
                    : refusals.notKept(task);
        }
        if (run.cause() == RunCause.DELETION) {
            return refusals.ofDeletion(task, run.number());
        }
        if (run.status() == CleanupStatus.ROLLED_BACK) {
            return refusals.alreadyRolledBack(task, run.number());
        }
        if (run.status() == CleanupStatus.COMPLETE && hasReleasedForGood(run)) {
            return refusals.committed(task, run.number());
        }
        if (run.hasLetGo()) {
            return refusals.letGo(task, run.number());
        }
        return whyNotEachStep(task, run);
    }

    private @Nullable Problem whyNotEachStep(CleanupName task, CleanupRun run) {
        for (RunStep step : run.steps()) {
            boolean hasToGoBack = step.isToBeUndone()
                    || step.status() == StepStatus.RUNNING
                    || step.status() == StepStatus.UNDO_FAILED;
            if (hasToGoBack && !step.plan().isReversible()) {
                return refusals.notReversible(task, step.name(), run.number());
            }
            CleanupRun latest = book.latest(step.name());
            if (hasToGoBack
                    && latest != null
                    && latest.number() > run.number()
                    && latest.status() != CleanupStatus.ROLLED_BACK) {
                return refusals.executedSince(task, step.name(), run.number(), latest.number());
            }
        }
        return null;
    }

    /** Locks and resources are withheld until an execution has completed; from then on others may have them. */
    private static boolean hasReleasedForGood(CleanupRun run) {
        return !run.released().equals(Released.NOTHING)
                || run.steps().stream()
                        .map(RunStep::released)
                        .anyMatch(released -> released.locks() + released.resources() > 0);
    }

    static List<CleanupChange> advance(CleanupBook book, CleanupRun run, String node) {
        List<CleanupChange> changes = new ArrayList<>();
        for (RunStep step : run.steps()) {
            if (step.status() == StepStatus.PENDING) {
                changes.add(StepRules.skipped(run, step, CleanupRefusals.skippedByRollback()));
            }
        }
        next(run).stream()
                .limit(Math.max(0, StepRules.roomForSteps(book, run)))
                .forEach(step -> changes.add(new CleanupChange.StepStarted(
                        run.number(), step.name(), StepPhase.UNDO, step.undoTries() + 1, node)));
        return changes;
    }

    /** Steps that can be undone now, last of the plan first: nothing that depends on them is left. */
    static List<RunStep> next(CleanupRun run) {
        Set<CleanupName> needed = new HashSet<>();
        List<RunStep> next = new ArrayList<>();
        for (RunStep step : run.steps().reversed()) {
            boolean isFree = !needed.contains(step.name());
            if (isFree && step.isToBeUndone() && !step.isActing()) {
                next.add(step);
            }
            if (step.isActing() || step.isToBeUndone() || step.status() == StepStatus.UNDO_FAILED) {
                needed.addAll(step.plan().dependsOn());
            }
        }
        return next;
    }

    static CleanupStatus ending(CleanupRun run, List<String> problems) {
        boolean isAsBefore =
                run.steps().stream().noneMatch(step -> step.isToBeUndone() || step.status() == StepStatus.UNDO_FAILED);
        return isAsBefore && problems.isEmpty() ? CleanupStatus.ROLLED_BACK : CleanupStatus.NEEDS_OPERATOR;
    }
}
