package io.millrace.channel.thread;

/** Why an attempt is stopped before its work is done. */
enum StopReason {
    /** Its user asked for it. */
    CANCEL,
    /** Its time limit passed. */
    TIMEOUT,
    /** Its channel leaves the node. */
    SHUTDOWN
}
