package io.millrace.contracts.channel;

/** Where a channel is in its life (HTTP contract, section 2). */
public enum ChannelState {
    /** Accepts and runs jobs. */
    ACTIVE,
    /** Accepts jobs and starts none; running ones go on. */
    PAUSED,
    /** Refuses new jobs; queued and running ones go on. */
    DRAINING,
    /** Serves, but something needs an operator; the conditions say what. */
    DEGRADED,
    /** Refuses new jobs and is removed once the running ones have ended. */
    DELETING
}
