package io.millrace.contracts.job;

/** Where a job is in its life (HTTP contract, section 3). */
public enum JobState {
    /** Accepted and not yet due: {@code notBefore} or a retry delay lies ahead. */
    SCHEDULED,
    /** Waits for jobs it needs. */
    BLOCKED,
    /** Ready; waits for a slot. */
    QUEUED,
    /** An attempt has started and has not ended. */
    RUNNING,
    /** Ended: the work was done. */
    SUCCEEDED,
    /** Ended: the last attempt failed and no retry is left, or a time limit passed. */
    FAILED,
    /** Ended on a user's request. */
    CANCELLED,
    /** Ended: an at-most-once attempt whose outcome cannot be known. */
    LOST;

    /** True once the job has ended; only {@code :retry} leads out of such a state. */
    public boolean isTerminal() {
        return switch (this) {
            case SUCCEEDED, FAILED, CANCELLED, LOST -> true;
            case SCHEDULED, BLOCKED, QUEUED, RUNNING -> false;
        };
    }
}
