package io.millrace.contracts.cleanup;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of a task's history (contract row C-31).
 *
 * @param run execution it belongs to, 0 for what belongs to none
 * @param step absent for the execution as a whole
 * @param what became true, for example {@code STEP_STARTED}
 * @param detail for people, empty if there is nothing to add
 */
public record CleanupRecord(Instant at, long run, @Nullable CleanupName step, What what, String node, String detail) {
    /** What is recorded. */
    public enum What {
        REGISTERED,
        REMOVED,
        EXECUTION_STARTED,
        STEP_STARTED,
        STEP_COMPLETED,
        STEP_FAILED,
        STEP_SKIPPED,
        ROLLBACK_STARTED,
        STEP_UNDONE,
        STEP_UNDO_FAILED,
        EXECUTION_ENDED
    }
}
