package io.millrace.contracts.handle;

/** What a handle names. */
public enum HandleType {
    /** A slot that runs something. */
    THREAD,
    /** A granted lock. */
    LEASE,
    /** Something of the channel's ledger: a buffer, memory, slots, queues, files or processes. */
    RESOURCE,
    /** A registered cleanup task. */
    CLEANUP
}
