package io.millrace.host.sandbox;

/** The setting {@code millrace.processes.sandbox}: whether commands are locked up in namespaces of their own. */
public enum ConfinementUse {
    /**
     * Where commands have users of their own and bubblewrap works. The node's own user is somebody whose commands may need
     * all the files of that user.
     */
    AUTO,
    /** Whoever they run as; where bubblewrap does not work the node does not start. */
    BUBBLEWRAP,
    /** Never. */
    NONE
}
