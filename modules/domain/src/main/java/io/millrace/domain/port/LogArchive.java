package io.millrace.domain.port;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.log.LogBlock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Durable lines of output. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface LogArchive {
    /** Stores blocks of any channels in one transaction. A block that is already stored is left as it is. */
    void append(List<LogBlock> blocks);

    /**
     * Blocks that hold lines behind a cursor, oldest first, until {@code bytesMax} is reached; at least one if there is
     * any.
     *
     * @param job absent for all jobs of the channel
     */
    List<LogBlock> read(ChannelName channel, @Nullable JobId job, long afterCursor, int bytesMax);

    /**
     * Blocks that hold lines before a cursor, newest first, until {@code bytesMax} is reached; at least one if there is
     * any.
     */
    List<LogBlock> readBackwards(ChannelName channel, @Nullable JobId job, long beforeCursor, int bytesMax);

    /** Cursor of the newest stored line of a channel, 0 if none is. */
    long lastCursor(ChannelName channel);

    /** Removes the oldest blocks of a channel until at most {@code bytesMax} are left; returns bytes removed. */
    long trim(ChannelName channel, long bytesMax);

    /**
     * Removes the blocks of a channel that begin at or before a cursor; returns bytes removed.
     *
     * @param job whose lines are removed, absent for all of the channel
     */
    long removeUpTo(ChannelName channel, @Nullable JobId job, long cursor);
}
