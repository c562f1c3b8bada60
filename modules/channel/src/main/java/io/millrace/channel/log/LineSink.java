package io.millrace.channel.log;

import io.millrace.contracts.log.LogStream;
import java.lang.foreign.MemorySegment;

/** Takes the lines of an output, one at a time and in their order. */
@FunctionalInterface
public interface LineSink {

    /**
     * @param millis when it was read, in milliseconds since the epoch
     * @param isPartial true if no line end followed so far: the line is too long, its end is long in coming, or the output
     *     ended. Then what comes next from the same stream continues it
     * @param bytes holds the line's bytes, without its end, at {@code from}. Valid only during the call
     */
    void line(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length);

    /** No line follows. */
    default void end() {}
}
