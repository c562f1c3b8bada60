package io.millrace.host.sandbox;

/** The setting {@code millrace.processes.network}: what commands reach. */
public enum NetworkAccess {
    /** What the node reaches. */
    NODE,
    /** Nothing but a loopback interface of their own; needs bubblewrap. */
    NONE
}
