package io.millrace.contracts.thread;

/** Life of a thread, as the HTTP contract names it. */
public enum ThreadState {
    /** Registered; waits for a slot of its channel or for one of the node's threads. */
    STARTING,
    /** Its work runs. */
    RUNNING,
    /** It was asked to end, or its work has ended and what it held is being returned. */
    TERMINATING,
    /** It is gone and holds nothing. */
    ENDED,
    /** It was asked to end, would not, and still runs. Its slot stays charged. */
    QUARANTINED
}
