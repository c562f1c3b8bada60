package io.millrace.channel.log;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogLines;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Collects the lines of an output into blocks: the head block by block, then the newest lines only, at the end. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class OutputBlocks implements LineSink {
    private static final int FIRST_BLOCK_BYTES = 512;

    private final long headBytesMax;
    private final Deque<OutputBlock> ready = new ArrayDeque<>();
    private final LogLines.Encoder head = new LogLines.Encoder(FIRST_BLOCK_BYTES);
    private @Nullable OutputTail tail;
    private boolean isFinished;
    private long headBytes;
    private long linesKept;
    private long lastMillis;

    /** @param headBytesMax bytes from the beginning that are kept */
    OutputBlocks(long headBytesMax) {
        this.headBytesMax = headBytesMax;
    }

    @Override
    public void line(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length) {
        lastMillis = millis;
        if (tail == null && headBytes + length > headBytesMax) {
            tail = startTail(millis);
        }
        if (tail == null) {
            addToHead(millis, stream, isPartial, bytes, from, length);
        } else {
            tail.add(millis, stream, isPartial, bytes, from, length);
        }
    }

    /**
     * Goes on where another one has stopped, as if all of it had come here.
     *
     * @param sent blocks that had left the other one and have to leave again
     */
    void goOnFrom(Deque<OutputBlock> sent, OutputBlocks former) {
        former.finishHeadBlock();
        ready.addAll(sent);
        ready.addAll(former.ready);
        tail = former.isFinished ? null : former.tail;
        headBytes = former.headBytes;
        linesKept = former.linesKept;
        lastMillis = former.lastMillis;
    }

    boolean hasReady() {
        return !ready.isEmpty();
    }

    /** The oldest block that is ready. */
    OutputBlock takeReady() {
        return ready.remove();
    }

    /** Lines of all blocks that were ready so far. */
    long linesKept() {
        return linesKept;
    }

    /** Bytes beyond what an attempt may keep. */
    long bytesDropped() {
        return tail == null ? 0 : tail.bytesDropped();
    }

    boolean hasOpenBlock() {
        return !head.isEmpty();
    }

    void finishHeadBlock() {
        if (!head.isEmpty()) {
            addReady(OutputBlock.of(head));
        }
    }

    /** Moves everything that is left into blocks that are ready. */
    void finish() {
        isFinished = true;
        if (tail != null) {
            tail.end();
            noteGap(tail.bytesDropped());
        }
        finishHeadBlock();
        if (tail != null) {
            tail.forEachBlock(this::addReady);
        }
    }

    private void addToHead(
            long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length) {
        headBytes += length + 1;
        head.add(millis, stream, isPartial, bytes, from, length);
        if (head.length() >= Limits.LOG_BLOCK_BYTES_MAX) {
            finishHeadBlock();
        }
    }

    private OutputTail startTail(long millis) {
        note(
                millis,
                "The first " + Limits.LOG_HEAD_BYTES_MAX + " bytes of output are above. Of what follows the last "
                        + Limits.LOG_TAIL_BYTES_MAX + " bytes are kept and shown when the attempt ends.");
        finishHeadBlock();
        return new OutputTail();
    }

    private void noteGap(long bytesDropped) {
        if (bytesDropped > 0) {
            note(
                    lastMillis,
                    bytesDropped + " bytes of output are missing here: an attempt keeps the first "
                            + Limits.LOG_HEAD_BYTES_MAX + " and the last " + Limits.LOG_TAIL_BYTES_MAX
                            + " bytes. Write longer output to a file.");
        }
    }

    /** A line of the system. */
    void note(long millis, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        head.add(millis, LogStream.SYSTEM, false, bytes, 0, bytes.length);
    }

    private void addReady(OutputBlock block) {
        linesKept += block.lineCount();
        ready.add(block);
    }
}
