package io.millrace.channel.thread;

/** Why an attempt or thread is stopped before its work is done. */
enum StopReason {
    /** Its user asked for it, or the attempt that created it has ended. */
    CANCEL,
    /** Its user asked for the end of the thread it runs on; its job's retry policy decides what follows. */
    TERMINATE,
    /** Its time limit passed. */
    TIMEOUT,
    /** Its channel leaves the node. */
    SHUTDOWN,
    /** Its channel is being cleaned up. */
    CLEANUP
}
