package io.millrace.contracts.handle;

/** What is checked of a handle before anything is done with it (contract rows T-05 and T-33). */
public enum SecurityBoundary {
    /** The seal shows that a channel of this cluster made the handle. */
    AUTHENTICITY,
    /** The handle belongs to the channel that is asked. */
    OWNERSHIP,
    /** It was made in the life of the channel in which the thing it names came into being. */
    INCARNATION,
    /** It names the node on which the thing came into being. */
    NODE,
    /** The channel allows the kind of work that runs under it. */
    JOB_KIND,
    /** The channel is within its limits of threads and leases. */
    QUOTA,
    /** Whatever the thing holds belongs to the same channel. */
    FOREIGN_REFERENCE,
    /** It names the type of thing that the command is about. */
    MESSAGE_TYPE
}
