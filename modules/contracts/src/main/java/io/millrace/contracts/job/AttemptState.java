package io.millrace.contracts.job;

/** Where an attempt is. */
public enum AttemptState {
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    /** Its node or channel went away; what it did is unknown. */
    LOST
}
