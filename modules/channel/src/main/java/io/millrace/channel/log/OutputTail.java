package io.millrace.channel.log;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogLines;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * The newest lines of an output, {@link Limits#LOG_TAIL_BYTES_MAX} of them; older ones are dropped and counted. The memory
 * of dropped lines serves new ones, so that output of any length costs no more than what is kept.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class OutputTail {
    private static final int BLOCK_BYTES = Limits.LOG_TAIL_BYTES_MAX / 64;

    /** A block is full once it is long enough, so its last line needs room beyond that. */
    private static final int BLOCK_CAPACITY = BLOCK_BYTES * 5 / 4;

    /** Very long lines enlarge blocks; memory beyond this is left to the garbage collector instead of used again. */
    private static final int HELD_BYTES_MAX = Limits.LOG_TAIL_BYTES_MAX * 2;

    private final Deque<LogLines.Encoder> full = new ArrayDeque<>();
    private LogLines.Encoder newest = new LogLines.Encoder(BLOCK_CAPACITY);
    private long fullBytes;
    private long heldBytes;
    private long bytesDropped;

    void add(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length) {
        newest.add(millis, stream, isPartial, bytes, from, length);
        if (newest.length() >= BLOCK_BYTES) {
            endBlock();
            newest = nextBlock();
        }
    }

    /** Bytes of lines, with their ends, that were dropped so far. */
    long bytesDropped() {
        return bytesDropped;
    }

    /** No line follows: older ones that are too many are dropped. */
    void end() {
        if (!newest.isEmpty()) {
            endBlock();
        }
        while (isTooLong()) {
            dropOldest();
        }
    }

    /** The lines that are kept, oldest first. */
    void forEachBlock(Consumer<OutputBlock> action) {
        full.forEach(block -> action.accept(OutputBlock.of(block)));
        full.clear();
    }

    private void endBlock() {
        full.add(newest);
        fullBytes += outputBytes(newest);
        heldBytes += newest.capacity();
    }

    private LogLines.Encoder nextBlock() {
        LogLines.Encoder dropped = null;
        while (isTooLong()) {
            dropped = dropOldest();
        }
        return dropped != null && heldBytes + dropped.capacity() <= HELD_BYTES_MAX
                ? dropped
                : new LogLines.Encoder(BLOCK_CAPACITY);
    }

    private boolean isTooLong() {
        return fullBytes > Limits.LOG_TAIL_BYTES_MAX && full.size() > 1;
    }

    private LogLines.Encoder dropOldest() {
        var oldest = full.remove();
        fullBytes -= outputBytes(oldest);
        heldBytes -= oldest.capacity();
        bytesDropped += outputBytes(oldest);
        oldest.clear();
        return oldest;
    }

    private static long outputBytes(LogLines.Encoder block) {
        return block.contentBytes() + block.lineCount();
    }
}
