package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.resource.BufferTier;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One grant of a buffer. The segment may go to any thread; the grant itself stays with the owner of the pools.
 *
 * <p>Each grant has an arena of its own, which is closed when the buffer is taken back. A reference that was kept then leads
 * to an exception and never to the bytes of the next owner, although both had the same memory.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class PooledBuffer {
    private final TierPool pool;
    private final Block block;
    private final long requestedBytes;
    private final boolean isReused;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
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

    @SuppressWarnings("restricted")
    PooledBuffer(TierPool pool, Block block, long requestedBytes) {
        this.pool = pool;
        this.block = block;
        this.requestedBytes = requestedBytes;
        this.isReused = block.returnNumber() > 0;
        this.segment = block.memory().reinterpret(arena, null);
    }

    /**
     * The memory, {@code tier().bytes()} long and zero at first, for any number of threads until the buffer is taken back.
     * Access after that throws {@link IllegalStateException}.
     */
    public MemorySegment segment() {
        return segment;
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
        try {
            arena.close();
            state = State.RETURNED;
            return true;
        } catch (IllegalStateException _) {
            // A call of native code or a transfer of a file or socket works on the memory and would go on doing so.
            state = State.RETURNING;
            return false;
        }
    }
}
