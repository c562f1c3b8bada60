package io.millrace.contracts.log;

import io.millrace.contracts.JobId;
import io.millrace.contracts.process.ProcessName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of output.
 *
 * @param cursor position in the channel's log: rises with every line, survives restarts, is never used twice
 * @param job the job that wrote it, or the process
 * @param attempt the attempt that wrote it, or the run of the process
 * @param processName name the process had, absent for a line of a job
 * @param timestamp when it was read
 * @param stream where it came from
 * @param isPartial true if no line end followed: the next line of the same stream continues it, or the output ended
 * @param content text without its line end; bytes that are not UTF-8 are replaced
 */
public record LogLine(
        long cursor,
        JobId job,
        int attempt,
        @Nullable ProcessName processName,
        Instant timestamp,
        LogStream stream,
        boolean isPartial,
        String content) {}
