package io.millrace.contracts.process;

import java.util.EnumSet;
import java.util.Set;

/** Where a process is (HTTP contract, section 7; contract row B-47). */
public enum ProcessState {
    /** It waits: for what it depends on, for its restart, or until it is up. */
    PENDING,
    /** It runs. Whether it is ready is said apart from that. */
    RUNNING,
    /** It was asked to end and has not yet. */
    STOPPING,
    /** It ended because somebody stopped it, or by a signal that somebody sent through Millrace. */
    STOPPED,
    /** It ended with another exit code than 0, by a signal nobody sent through Millrace, or could not be started. */
    FAILED,
    /** It ended with exit code 0, or with one its specification counts as success. */
    SUCCESS,
    /** Its node is gone, and it is not known how it ended. */
    LOST;

    private static final Set<ProcessState> ENDED = EnumSet.of(STOPPED, FAILED, SUCCESS, LOST);

    /** True once it has ended and will not be restarted by itself. */
    public boolean isEnded() {
        return ENDED.contains(this);
    }

    /** Whether a process in this state may be in that one next. An ended one can be started again, by its user. */
    public boolean mayBecome(ProcessState next) {
        return switch (this) {
            case PENDING -> next != PENDING && next != SUCCESS;
            case RUNNING -> next != RUNNING;
            case STOPPING -> next == STOPPED || next == FAILED || next == PENDING;
            case STOPPED, FAILED, SUCCESS, LOST -> next == PENDING;
        };
    }
}
