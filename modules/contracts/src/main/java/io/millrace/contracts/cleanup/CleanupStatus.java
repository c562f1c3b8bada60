package io.millrace.contracts.cleanup;

/** How far a cleanup is (contract row C-09). */
public enum CleanupStatus {
    /** It was registered and has not run since, or what it did was taken back with nothing left to show. */
    NOT_STARTED,
    RUNNING,
    /** Every step has completed, and what had to be back is back. */
    COMPLETE,
    /** Some steps completed and some did not. Execute it again to go on from there, or roll it back. */
    COMPLETE_WITH_FAILURES,
    /** No step completed, or what had to be back is not. */
    FAILED,
    /** What its steps did was taken back. */
    ROLLED_BACK,
    /** Taking it back failed, so it is neither cleaned up nor as it was. A person has to look. */
    NEEDS_OPERATOR;

    /** True for a status that only another command changes. */
    public boolean isFinal() {
        return this != RUNNING;
    }
}
