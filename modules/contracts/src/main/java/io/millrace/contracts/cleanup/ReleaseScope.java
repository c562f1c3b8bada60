package io.millrace.contracts.cleanup;

/** What a built-in cleanup action gives back. What belongs to an attempt that goes on stays with it. */
public enum ReleaseScope {
    /** What the channel's ledger shows as held by callers. Can be taken back until the cleanup has completed. */
    RESOURCES,
    /** Leases that callers hold. Can be taken back until the cleanup has completed. */
    LOCKS,
    /** Attempts and threads: each is asked to end, then forced. Attempts of jobs count as interrupted. */
    THREADS,
    /** Operating system processes, killed with their groups. */
    PROCESSES,
    /** The stored output of the channel. */
    LOGS,
    /** Everything above, output included. */
    ALL
}
