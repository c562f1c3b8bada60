package io.millrace.channel.log;

/** What becomes of colours and other sequences for a terminal in an output. */
public enum ControlSequences {
    /** They are stored as they were written. */
    KEPT,
    /** They are taken out before lines are stored. */
    STRIPPED
}
