package io.millrace.channel.log;

import io.millrace.contracts.work.Work;

/** What becomes of colours and other sequences for a terminal in an output. */
public enum ControlSequences {
    /** They are stored as they were written. */
    KEPT,
    /** They are taken out before lines are stored. */
    STRIPPED;

    /** As the user of a command wants it. */
    public static ControlSequences of(Work.Process process) {
        return process.stripsAnsi() ? STRIPPED : KEPT;
    }
}
