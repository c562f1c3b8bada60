package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.resource.BufferTier;
import java.lang.foreign.MemorySegment;

/**
 * One grant of a buffer. Its memory may go to any thread; the grant itself stays with the owner of the pools.
 *
 * <p>What each grant has of the memory is its own and ends when the buffer is taken back. A reference that was kept then
 * leads to an exception and never to the bytes of the next owner, although both had the same memory.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class PooledBuffer {
    private final TierPool pool;
    private final Block block;
    private final long requestedBytes;
    private final boolean isReused;
    private final BufferMemory memory;
    private State state = State.IN_USE;

    /** How far a grant has come. */
    enum State {
        /** The holder may use the memory. */
        IN_USE,
        /** Given back while somebody accessed the memory; it belongs to nobody until the access has ended. */
        RETURNING,
        /** The memory is out of reach for the holder. */
        RETURNED
    }

    PooledBuffer(TierPool pool, Block block, long requestedBytes) {
        this.pool = pool;
        this.block = block;
        this.requestedBytes = requestedBytes;
        this.isReused = block.returnNumber() > 0;
        this.memory = new BufferMemory(block.memory());
    }

    /**
     * The memory, {@code tier().bytes()} long and zero at first, for any number of threads until the buffer is taken back.
     * Access after that throws {@link IllegalStateException}.
     */
    public MemorySegment segment() {
        return memory.segment();
    }

    /** The same memory, for those who say when they use it. */
    public BufferMemory memory() {
        return memory;
    }

    public BufferTier tier() {
        return pool.tier();
    }

    /** Bytes that were asked for, 1 to {@code tier().bytes()}. */
    public long requestedBytes() {
        return requestedBytes;
    }

    /** True if its memory served an earlier grant. */
    public boolean isReused() {
        return isReused;
    }

    TierPool pool() {
        return pool;
    }

    Block block() {
        return block;
    }

    State state() {
        return state;
    }

    /** Puts the memory out of the holder's reach, or stays returning if it is being accessed. */
    boolean revoke() {
        boolean isRevoked = memory.revoke();
        state = isRevoked ? State.RETURNED : State.RETURNING;
        return isRevoked;
    }
}
