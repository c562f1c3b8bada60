package io.millrace.domain.cleanup;

import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupRecord.What;
import io.millrace.contracts.cleanup.StepStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes changes into the history of the tasks they are about. Those behind attempts are in the job's log instead. */
final class HistoryLines {
    private final CleanupHistory history;

    HistoryLines(CleanupHistory history) {
        this.history = history;
    }

    /** Takes note of a change that is written in the book already. */
    void add(CleanupChange change, KeptRuns runs, long atMillis, String node) {
        Instant at = Instant.ofEpochMilli(atMillis);
        switch (change) {
            case CleanupChange.Registered registered ->
                history.add(registered.name(), new CleanupRecord(at, 0, registered.name(), What.REGISTERED, node, ""));
            case CleanupChange.Removed removed ->
                history.add(removed.name(), new CleanupRecord(at, 0, removed.name(), What.REMOVED, node, ""));
            case CleanupChange.OfRun ofRun -> {
                CleanupRun run = runs.run(ofRun.run());
                if (run != null && run.isOfRegisteredTasks()) {
                    add(ofRun, run, at, node);
                }
            }
        }
    }

    private void add(CleanupChange.OfRun change, CleanupRun run, Instant at, String node) {
        switch (change) {
            case CleanupChange.RunStarted _ -> addToAll(run, What.EXECUTION_STARTED, at, node, purpose(run));
            case CleanupChange.RollbackStarted _ -> addToAll(run, What.ROLLBACK_STARTED, at, node, "");
            case CleanupChange.RunEnded ended ->
                addToAll(run, What.EXECUTION_ENDED, at, node, ended.status().name());
            case CleanupChange.StepStarted started -> {
                String detail = started.phase() + (started.number() == 1 ? "" : ", try " + started.number());
                addToStep(run, started.step(), What.STEP_STARTED, at, started.node(), detail);
            }
            case CleanupChange.ItemsReturned _ -> {
                // Of attempts only, which have no history here.
            }
            case CleanupChange.StepEnded ended ->
                addToStep(run, ended.step(), whatOf(ended.status()), at, node, detail(ended.error()));
        }
    }

    private void addToAll(CleanupRun run, What what, Instant at, String node, String detail) {
        CleanupRecord record = new CleanupRecord(at, run.number(), null, what, node, detail);
        run.steps().forEach(step -> history.add(step.name(), record));
    }

    private void addToStep(CleanupRun run, CleanupName step, What what, Instant at, String node, String detail) {
        history.add(step, new CleanupRecord(at, run.number(), step, what, node, detail));
    }

    private static String purpose(CleanupRun run) {
        return run.root() == null ? run.cause().name() : run.root().value();
    }

    private static String detail(@Nullable Problem error) {
        return error == null ? "" : error.detail();
    }

    private static What whatOf(StepStatus ended) {
        return switch (ended) {
            case COMPLETE -> What.STEP_COMPLETED;
            case FAILED -> What.STEP_FAILED;
            case SKIPPED -> What.STEP_SKIPPED;
            case UNDONE -> What.STEP_UNDONE;
            case UNDO_FAILED -> What.STEP_UNDO_FAILED;
            case PENDING, RUNNING, UNDOING -> throw new IllegalStateException("not an end: " + ended);
        };
    }
}
