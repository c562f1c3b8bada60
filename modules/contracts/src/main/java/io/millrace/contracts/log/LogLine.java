package io.millrace.contracts.log;

import io.millrace.contracts.JobId;
import java.time.Instant;

/**
 * One line of output.
 *
 * @param cursor position in the channel's log: rises with every line, survives restarts, is never used twice
 * @param job the job that wrote it
 * @param attempt the attempt that wrote it
 * @param timestamp when it was read
 * @param stream where it came from
 * @param isPartial true if no line end followed: the next line of the same stream continues it, or the output ended
 * @param content text without its line end; bytes that are not UTF-8 are replaced
 */
public record LogLine(
        long cursor, JobId job, int attempt, Instant timestamp, LogStream stream, boolean isPartial, String content) {}
