package io.millrace.domain.log;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;

/**
 * Consecutive lines of one attempt.
 *
 * @param firstCursor cursor of the first line; the n-th line has {@code firstCursor + n}
 * @param lineCount at least 1
 * @param firstMillis time of the oldest line
 * @param lastMillis time of the newest line
 * @param lines the lines as {@link LogLines} encodes them. Not copied: nobody writes into it
 */
public record LogBlock(
        ChannelName channel,
        JobId job,
        int attempt,
        long firstCursor,
        int lineCount,
        long firstMillis,
        long lastMillis,
        byte[] lines) {

    public long lastCursor() {
        return firstCursor + lineCount - 1;
    }
}
