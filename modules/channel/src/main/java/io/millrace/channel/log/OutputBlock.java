package io.millrace.channel.log;

import io.millrace.contracts.process.ProcessName;
import io.millrace.domain.log.LogLines;

/**
 * Consecutive lines of an attempt that have no cursors yet.
 *
 * @param lines as {@link LogLines} encodes them. Not copied: nobody writes into it
 */
record OutputBlock(int lineCount, long firstMillis, long lastMillis, byte[] lines) {

    /** The block an encoder holds; the encoder starts a new one. */
    static OutputBlock of(LogLines.Encoder encoder) {
        int lineCount = encoder.lineCount();
        return new OutputBlock(lineCount, encoder.firstMillis(), encoder.lastMillis(), encoder.finish());
    }

    /** The same lines as output of a process. */
    OutputBlock of(ProcessName process) {
        return new OutputBlock(lineCount, firstMillis, lastMillis, LogLines.ofProcess(process, lines));
    }
}
