package io.millrace.contracts.cleanup;

/** What became of one step of a cleanup. */
public enum StepStatus {
    /** Waits for what it depends on. */
    PENDING,
    RUNNING,
    /** Its action has worked and its check agrees. */
    COMPLETE,
    FAILED,
    /** Something it depends on has not completed. */
    SKIPPED,
    /** Is being taken back. */
    UNDOING,
    UNDONE,
    UNDO_FAILED
}
