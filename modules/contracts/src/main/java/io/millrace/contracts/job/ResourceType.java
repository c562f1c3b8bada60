package io.millrace.contracts.job;

/** Kinds of things a channel's ledger accounts for (HTTP contract, section 5). */
public enum ResourceType {
    /** Off-heap memory in tiers of 4 KB, 64 KB and 1 MB; the amount is in bytes. */
    BUFFER,
    /** Memory an attempt may use, in bytes. */
    MEMORY,
    /** Execution slots. */
    THREADS,
    /** Queues and mailboxes. */
    CHANNELS,
    /** Open files. */
    FILES,
    /** Operating system processes. */
    PROCESSES;

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
