package io.millrace.contracts.resource;

/** Life of a resource, in this order; a request that is given up ends without having been granted (contract row R-27). */
public enum ResourceState {
    /** Waits until there is enough. */
    REQUESTED,
    /** Charged to its owner. */
    GRANTED,
    /** Was used at least once: its content was read or written, or the attempt that declared it runs. */
    IN_USE,
    /** Given up by its owner and not yet back, so still charged. */
    RELEASING,
    /** Back, and nothing refers to it. */
    RELEASED
}
