package io.millrace.domain.process;

/** Why a run is being stopped, which decides what follows its end. */
public enum StopCause {
    /** Somebody stopped the process: it ends as stopped, however its run ends. */
    USER,
    /** Somebody restarts it: the next run begins at once. */
    RESTART,
    /** Somebody removes it: it ends as stopped and is removed. */
    REMOVAL,
    /** It did not come up in time: it has failed, and its restart policy decides. */
    START_TIMEOUT
}
