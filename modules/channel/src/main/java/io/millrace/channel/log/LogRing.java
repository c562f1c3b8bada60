package io.millrace.channel.log;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The newest blocks of a channel. Every block that is not durable yet is here; durable ones leave, oldest first, once
 * {@link Limits#LOG_RING_BYTES_MAX} is exceeded. So whoever has read the archive up to {@link #leftUpTo()} finds the
 * rest here, without gap or repeat.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LogRing {
    private static final int BLOCK_OVERHEAD_BYTES = 128;

    private LogBlock[] slots = new LogBlock[16];
    private int head;
    private int size;
    private long bytes;
    private long unarchivedBytes;
    private int archivedBlocks;
    private long nextCursor;
    private long leftUpTo;

    /** @param firstCursor cursor of the first line to come; every earlier one is in the archive or nowhere */
    LogRing(long firstCursor) {
        this.nextCursor = firstCursor;
        this.leftUpTo = firstCursor - 1;
    }

    void add(LogBlock block) {
        if (size == slots.length) {
            grow();
        }
        slots[(head + size) % slots.length] = block;
        size++;
        bytes += weight(block);
        unarchivedBytes += block.lines().length;
        nextCursor = block.lastCursor() + 1;
    }

    /** Every line up to this cursor is durable. */
    void archived(long upToCursor) {
        while (archivedBlocks < size && at(archivedBlocks).lastCursor() <= upToCursor) {
            unarchivedBytes -= at(archivedBlocks).lines().length;
            archivedBlocks++;
        }
        while (bytes > Limits.LOG_RING_BYTES_MAX && archivedBlocks > 0) {
            removeOldest();
        }
    }

    /**
     * Forgets durable blocks up to a cursor.
     *
     * @param of job or process that wrote them, absent for all
     */
    void forget(@Nullable JobId of, long cursor) {
        int kept = 0;
        int keptArchived = 0;
        for (int i = 0; i < size; i++) {
            var block = at(i);
            boolean isArchived = i < archivedBlocks;
            if (isArchived && block.lastCursor() <= cursor && (of == null || of.equals(block.job()))) {
                bytes -= weight(block);
            } else {
                slots[(head + kept) % slots.length] = block;
                kept++;
                keptArchived += isArchived ? 1 : 0;
            }
        }
        for (int i = kept; i < size; i++) {
            slots[(head + i) % slots.length] = null;
        }
        size = kept;
        archivedBlocks = keptArchived;
    }

    /** True if every line up to this cursor is durable. */
    boolean isArchived(long cursor) {
        return archivedBlocks == size || at(archivedBlocks).firstCursor() > cursor;
    }

    long nextCursor() {
        return nextCursor;
    }

    /** Lines up to this cursor are no longer here. */
    long leftUpTo() {
        return leftUpTo;
    }

    long unarchivedBytes() {
        return unarchivedBytes;
    }

    /** Blocks with lines behind a cursor, oldest first. */
    List<LogBlock> after(long cursor) {
        int from = firstBlockAfter(cursor);
        var blocks = new ArrayList<LogBlock>(size - from);
        for (int i = from; i < size; i++) {
            blocks.add(at(i));
        }
        return blocks;
    }

    /** The newest block that is not durable and for which the condition holds. */
    @Nullable LogBlock newestUnarchived(Predicate<LogBlock> condition) {
        for (int i = size - 1; i >= archivedBlocks; i--) {
            if (condition.test(at(i))) {
                return at(i);
            }
        }
        return null;
    }

    private int firstBlockAfter(long cursor) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (at(middle).lastCursor() <= cursor) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private LogBlock at(int index) {
        return slots[(head + index) % slots.length];
    }

    private void removeOldest() {
        var oldest = slots[head];
        slots[head] = null;
        head = (head + 1) % slots.length;
        size--;
        archivedBlocks--;
        bytes -= weight(oldest);
        leftUpTo = oldest.lastCursor();
    }

    private void grow() {
        var larger = new LogBlock[slots.length * 2];
        for (int i = 0; i < size; i++) {
            larger[i] = at(i);
        }
        slots = larger;
        head = 0;
    }

    private static int weight(LogBlock block) {
        return block.lines().length + BLOCK_OVERHEAD_BYTES;
    }
}
