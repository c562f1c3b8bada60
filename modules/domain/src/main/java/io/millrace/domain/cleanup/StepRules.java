package io.millrace.domain.cleanup;

import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which steps of an execution start, which never will, and how it ends. */
final class StepRules {
    private StepRules() {}

    /** In the order of the plan, so a step is looked at behind all it depends on. */
    static List<CleanupChange> advance(
            CleanupBook book, CleanupRun run, String node, Predicate<CleanupName> isRemoteComplete) {
        List<CleanupChange> changes = new ArrayList<>();
        Map<CleanupName, StepStatus> statuses = new HashMap<>();
        int mayStart = roomForSteps(book, run);
        for (RunStep step : run.steps()) {
            statuses.put(step.name(), step.status());
            if (step.status() != StepStatus.PENDING) {
                continue;
            }
            CleanupName failed = failedDependency(step, statuses);
            if (failed != null) {
                statuses.put(step.name(), StepStatus.SKIPPED);
                changes.add(skipped(run, step, CleanupRefusals.skipped(failed)));
            } else if (mayStart > 0 && isComplete(step, statuses) && isReady(step, isRemoteComplete)) {
                mayStart--;
                changes.add(new CleanupChange.StepStarted(run.number(), step.name(), StepPhase.ACTION, 1, node));
            }
        }
        return changes;
    }

    /** Attempts have room of their own: a step that waits for attempts to end must never keep them from it. */
    static int roomForSteps(CleanupBook book, CleanupRun run) {
        int acting = 0;
        for (CleanupRun active : book.active()) {
            if (active.isOfRegisteredTasks() == run.isOfRegisteredTasks()) {
                acting +=
                        (int) active.steps().stream().filter(RunStep::isActing).count();
            }
        }
        return Limits.CLEANUP_STEPS_PARALLEL_MAX - acting;
    }

    static CleanupChange.StepEnded skipped(CleanupRun run, RunStep step, Problem why) {
        return new CleanupChange.StepEnded(run.number(), step.name(), StepStatus.SKIPPED, why, 0, Released.NOTHING);
    }

    static List<CleanupChange> resume(CleanupRun run, String node) {
        return run.steps().stream()
                .filter(RunStep::isActing)
                .map(step -> resumed(run, step, node))
                .toList();
    }

    static boolean mayRetry(CleanupRun run, CleanupName name) {
        RunStep step = run.step(name);
        if (step == null) {
            return false;
        }
        return switch (step.status()) {
            case RUNNING ->
                !run.isRollingBack() && step.plan().isRepeatable() && step.tries() < Limits.CLEANUP_TRIES_MAX;
            case UNDOING -> step.undoTries() < Limits.CLEANUP_TRIES_MAX;
            case PENDING, COMPLETE, FAILED, SKIPPED, UNDONE, UNDO_FAILED -> false;
        };
    }

    static CleanupChange.StepStarted retry(CleanupRun run, CleanupName name, String node) {
        RunStep step = run.step(name);
        if (step == null) {
            throw new IllegalArgumentException("no step " + name + " in execution " + run.number());
        }
        int number = (step.phase() == StepPhase.UNDO ? step.undoTries() : step.tries()) + 1;
        return new CleanupChange.StepStarted(run.number(), name, step.phase(), number, node);
    }

    static CleanupStatus ending(CleanupRun run, List<String> problems) {
        long complete = run.steps().stream()
                .filter(step -> step.status() == StepStatus.COMPLETE)
                .count();
        boolean areAllComplete = complete == run.steps().size();
        if (areAllComplete && problems.isEmpty()) {
            return CleanupStatus.COMPLETE;
        }
        return areAllComplete || complete == 0 ? CleanupStatus.FAILED : CleanupStatus.COMPLETE_WITH_FAILURES;
    }

    private static CleanupChange resumed(CleanupRun run, RunStep step, String node) {
        if (mayRetry(run, step.name())) {
            return retry(run, step.name(), node);
        }
        boolean isUndo = step.phase() == StepPhase.UNDO;
        StepStatus status = isUndo ? StepStatus.UNDO_FAILED : StepStatus.FAILED;
        return new CleanupChange.StepEnded(
                run.number(), step.name(), status, whyNotResumed(run, step), 0, step.released());
    }

    private static Problem whyNotResumed(CleanupRun run, RunStep step) {
        if (step.phase() == StepPhase.UNDO) {
            return CleanupRefusals.cutOffTooOften(step, step.undoTries());
        }
        if (run.isRollingBack()) {
            return CleanupRefusals.cutOffInRollback(step);
        }
        return step.plan().isRepeatable()
                ? CleanupRefusals.cutOffTooOften(step, step.tries())
                : CleanupRefusals.outcomeUnknown(step);
    }

    private static @Nullable CleanupName failedDependency(RunStep step, Map<CleanupName, StepStatus> statuses) {
        for (CleanupName dependency : step.plan().dependsOn()) {
            StepStatus status = statuses.get(dependency);
            if (status == StepStatus.FAILED || status == StepStatus.SKIPPED) {
                return dependency;
            }
        }
        return null;
    }

    private static boolean isComplete(RunStep step, Map<CleanupName, StepStatus> statuses) {
        return step.plan().dependsOn().stream().allMatch(dependency -> statuses.get(dependency) == StepStatus.COMPLETE);
    }

    private static boolean isReady(RunStep step, Predicate<CleanupName> isRemoteComplete) {
        return step.plan().waitsFor().isEmpty() || isRemoteComplete.test(step.name());
    }
}
