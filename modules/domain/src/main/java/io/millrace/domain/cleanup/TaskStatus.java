package io.millrace.domain.cleanup;

import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** How one task has done in an execution that others took part in as well. */
final class TaskStatus {
    private TaskStatus() {}

    static CleanupStatus in(CleanupRun run, CleanupName task) {
        RunStep step = run.step(task);
        if (step == null || run.isActive() || task.equals(run.root())) {
            return run.status();
        }
        return switch (step.status()) {
            case COMPLETE -> completeIn(run, step);
            case FAILED, SKIPPED ->
                hasCompletedDependency(run, step) ? CleanupStatus.COMPLETE_WITH_FAILURES : CleanupStatus.FAILED;
            case UNDONE -> CleanupStatus.ROLLED_BACK;
            case PENDING, RUNNING, UNDOING, UNDO_FAILED -> run.status();
        };
    }

    /** What was withheld by a step is only given back for good when the whole execution has completed. */
    private static CleanupStatus completeIn(CleanupRun run, RunStep step) {
        return switch (run.status()) {
            case COMPLETE_WITH_FAILURES, FAILED ->
                step.released().locks() + step.released().resources() == 0
                        ? CleanupStatus.COMPLETE
                        : CleanupStatus.COMPLETE_WITH_FAILURES;
            case COMPLETE, ROLLED_BACK, NEEDS_OPERATOR, RUNNING, NOT_STARTED -> run.status();
        };
    }

    private static boolean hasCompletedDependency(CleanupRun run, RunStep of) {
        Deque<CleanupName> open = new ArrayDeque<>(of.plan().dependsOn());
        Set<CleanupName> seen = new HashSet<>(open);
        while (!open.isEmpty()) {
            RunStep step = run.step(open.remove());
            if (step == null) {
                continue;
            }
            if (step.status() == StepStatus.COMPLETE) {
                return true;
            }
            step.plan().dependsOn().stream().filter(seen::add).forEach(open::add);
        }
        return false;
    }
}
