package io.millrace.domain.cleanup;

/** Which of its actions a step is about to do. */
public enum StepPhase {
    /** What cleans up, and its check. */
    ACTION,
    /** What takes it back. */
    UNDO
}
