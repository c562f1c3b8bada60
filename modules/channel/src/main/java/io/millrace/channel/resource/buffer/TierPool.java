package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.resource.BufferTier;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;

/** The buffers of one size: idle ones as a stack, and how many there are of which kind. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class TierPool {
    private final BufferTier tier;
    private final NativeMemory system;

    /** The last is the one returned last, which is granted first because a processor's cache may still have it. */
    private final ArrayDeque<Block> idle = new ArrayDeque<>();

    private long committed;
    private long inUse;
    private long returning;
    private long requestedBytes;
    private long granted;
    private long reused;
    private long freed;

    TierPool(BufferTier tier, NativeMemory system) {
        this.tier = tier;
        this.system = system;
    }

    BufferTier tier() {
        return tier;
    }

    /** Grants the idle buffer that was returned last, if there is one. */
    Optional<PooledBuffer> reuse(long requestedBytes) {
        Block block = idle.pollLast();
        if (block == null) {
            return Optional.empty();
        }
        reused++;
        return Optional.of(grant(block, requestedBytes));
    }

    /** Grants memory that is new; empty if the system gives none. */
    Optional<PooledBuffer> allocate(long requestedBytes) {
        MemorySegment memory = system.allocate(tier.bytes());
        if (memory.equals(MemorySegment.NULL)) {
            return Optional.empty();
        }
        committed++;
        return Optional.of(grant(new Block(memory), requestedBytes));
    }

    private PooledBuffer grant(Block block, long requestedBytes) {
        inUse++;
        granted++;
        this.requestedBytes += requestedBytes;
        return new PooledBuffer(this, block, requestedBytes);
    }

    /** Ends a grant, or leaves it returning; {@code number} rises from return to return over all tiers. */
    boolean takeBack(PooledBuffer buffer, long number) {
        if (buffer.state() == PooledBuffer.State.IN_USE) {
            inUse--;
            requestedBytes -= buffer.requestedBytes();
            returning++;
        }
        if (!buffer.revoke()) {
            return false;
        }
        returning--;
        buffer.block().returned(number);
        idle.addLast(buffer.block());
        return true;
    }

    /** The return number of the buffer that has been idle longest; beyond all numbers if none is idle. */
    long oldestReturn() {
        Block oldest = idle.peekFirst();
        return oldest == null ? Long.MAX_VALUE : oldest.returnNumber();
    }

    void freeOldest() {
        free(idle.removeFirst());
    }

    void freeAllIdle() {
        while (!idle.isEmpty()) {
            freeOldest();
        }
    }

    /** Frees what has been idle for {@code idleNanosMax}, counted from the first call that finds it idle. */
    void trim(long idleNanosMax, long nowNanos) {
        noteNewlyIdle(nowNanos);
        for (Block oldest = idle.peekFirst();
                oldest != null && oldest.isIdleFor(idleNanosMax, nowNanos);
                oldest = idle.peekFirst()) {
            freeOldest();
        }
    }

    /** What no trim has seen yet stands together at the end, for a stack grows and shrinks there. */
    private void noteNewlyIdle(long nowNanos) {
        Iterator<Block> newestFirst = idle.descendingIterator();
        while (newestFirst.hasNext()) {
            Block block = newestFirst.next();
            if (block.isSeenIdle()) {
                return;
            }
            block.seenIdle(nowNanos);
        }
    }

    private void free(Block block) {
        system.free(block.memory());
        committed--;
        freed++;
    }

    long committedBytes() {
        return committed * tier.bytes();
    }

    long idleBytes() {
        return (long) idle.size() * tier.bytes();
    }

    BufferFigures figures() {
        return new BufferFigures(
                committedBytes(),
                inUse * tier.bytes(),
                idleBytes(),
                returning * tier.bytes(),
                requestedBytes,
                granted,
                reused,
                freed);
    }
}
