package io.millrace.channel.thread;

/** Kinds of things an attempt can hold, in the order in which they are returned. */
public enum Holding {
    /** A process and its descendants. */
    PROCESSES,
    /** What its job declares to be done behind it; in its work directory, so before that goes. */
    TASKS,
    /** A work directory of its own. */
    WORK_DIRECTORY,
    /** Locks, which what is gone by now may have guarded itself with. */
    LOCKS,
    /** Lines that are not durable yet. */
    OUTPUT,
    /** Entries in the ledger. */
    RESOURCES
}
