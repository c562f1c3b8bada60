package io.millrace.domain.process.history;

/** A guard that is taken away, to see that its absence is noticed. */
enum Flaw {
    NONE,
    /** Runs are started before it is stored that they are. */
    STARTS_BEFORE_STORED,
    /** A new owner does not wait for the leases of runs of other nodes. */
    WAITS_FOR_NO_LEASE,
    /** A new owner takes runs of its own node for ended without asking for them. */
    ADOPTS_NOTHING,
    /** Processes start although what they depend on is not there. */
    IGNORES_DEPENDENCIES,
    /** What a user stopped ends as its policy says. */
    RESTARTS_WHAT_WAS_STOPPED,
    /** Each restart is taken for the first of its row. */
    FORGETS_THE_ROW,
    /** Restarts begin at once. */
    WAITS_FOR_NO_DELAY,
    /** Nobody looks after runs that do not come up. */
    FORGETS_START_TIMEOUTS,
    /** Everything is stopped at once. */
    STOPS_IN_ANY_ORDER,
    /** Runs are given the epoch of the run before. */
    REPEATS_EPOCHS,
    /** Whatever ends has succeeded. */
    CALLS_EVERYTHING_SUCCESS
}
