package io.millrace.channel;

/** What the handling of a message means for the next write of a channel. */
enum Storing {
    /** Nothing: if a write is due, it comes when it would have come anyway. */
    UNCHANGED,
    /** A full batch is stored now, and any other one once the messages that are queued by now were looked at. */
    SOON,
    /** A full batch is stored now, and any other one with the next write, because nobody waits for it. */
    EVENTUALLY
}
