package io.millrace.contracts.log;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which lines to read, oldest first.
 *
 * @param job absent for all jobs and processes of the channel
 * @param process as {@code job}; at most one of them is given
 * @param after cursor of the last line already seen, 0 for the beginning
 * @param tail only the last so many matching lines, absent for all; only with {@code after} 0
 * @param since not older than
 * @param until older than
 * @param stream absent for all
 * @param contains text that must occur in the line, absent for no filter
 * @param limit lines at most
 */
public record LogQuery(
        ChannelName channel,
        @Nullable JobId job,
        @Nullable JobId process,
        long after,
        @Nullable Integer tail,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable LogStream stream,
        @Nullable String contains,
        int limit) {

    /** The job or process whose lines are read, absent for all of the channel. */
    public @Nullable JobId writer() {
        return job == null ? process : job;
    }

    /** The same query continued behind a cursor. */
    public LogQuery after(long cursor) {
        return new LogQuery(channel, job, process, cursor, null, since, until, stream, contains, limit);
    }
}
