package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The buffers of a node: off-heap memory in three sizes under one budget.
 *
 * <p>Nothing is allocated before it is needed, each buffer by itself. What is returned is overwritten with zeros and kept,
 * and the buffer that was returned last is granted first. If the budget is used up by idle buffers of other sizes, those
 * idle longest make room. A buffer is never cut up or joined with others, so memory cannot get lost between buffers; what
 * is neither in use nor grantable is only what was given back while somebody accessed it.
 *
 * <p>No access survives the end of a grant (see {@link BufferMemory}). Where the holder had a segment, to end it interrupts
 * the threads of the JVM for some microseconds, so those buffers are for work that lasts longer than that.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class BufferPools implements AutoCloseable {
    private final long budgetBytes;
    private final Map<BufferTier, TierPool> pools = new EnumMap<>(BufferTier.class);
    private final Set<PooledBuffer> returning = new LinkedHashSet<>();
    private long returns;
    private boolean isClosed;

    /**
     * @param budgetBytes most that buffers in use, idle and returning may have from the system together
     * @throws IllegalArgumentException if it is negative
     */
    public BufferPools(long budgetBytes) {
        this(budgetBytes, new SystemMemory());
    }

    BufferPools(long budgetBytes, NativeMemory system) {
        if (budgetBytes < 0) {
            throw new IllegalArgumentException("a budget is at least 0 bytes, not " + budgetBytes);
        }
        this.budgetBytes = budgetBytes;
        for (BufferTier tier : BufferTier.values()) {
            pools.put(tier, new TierPool(tier, system));
        }
    }

    /**
     * Grants a buffer that holds only zeros; empty if the budget has no room for one until something is given back.
     *
     * @param requestedBytes what the caller needs of it, 1 to {@code tier.bytes()}; for the figures only
     * @throws MillraceException {@code RESOURCE_LIMIT} if the system has no memory left; nothing is granted or charged
     * @throws IllegalStateException after {@link #close}
     */
    public Optional<PooledBuffer> take(BufferTier tier, long requestedBytes) {
        requireOpen();
        if (requestedBytes < 1 || requestedBytes > tier.bytes()) {
            throw new IllegalArgumentException(
                    "a " + tier.wireName() + " buffer serves 1 to " + tier.bytes() + " bytes, not " + requestedBytes);
        }
        TierPool pool = pool(tier);
        Optional<PooledBuffer> reused = pool.reuse(requestedBytes);
        if (reused.isPresent()) {
            return reused;
        }
        return makeRoom(tier.bytes()) ? Optional.of(allocate(pool, requestedBytes)) : Optional.empty();
    }

    /**
     * Takes a buffer back: access through its segment ends, its bytes become zero, and it can be granted again.
     *
     * @return false if the buffer is being accessed at this moment, by a transfer, a call of native code or somebody who
     *     has begun to use it; it then counts as returning until this or {@link #retryReturns} finds the access ended. True
     *     also if it was back already.
     * @throws IllegalArgumentException if other pools granted it
     */
    public boolean giveBack(PooledBuffer buffer) {
        if (pool(buffer.tier()) != buffer.pool()) {
            throw new IllegalArgumentException("a buffer goes back to the pools that granted it");
        }
        return buffer.state() == PooledBuffer.State.RETURNED || takeBack(buffer);
    }

    /** Tries again to take back what was being accessed; returns how many buffers came back. */
    public int retryReturns() {
        int taken = 0;
        for (PooledBuffer buffer : List.copyOf(returning)) {
            if (takeBack(buffer)) {
                taken++;
            }
        }
        return taken;
    }

    private boolean takeBack(PooledBuffer buffer) {
        if (!buffer.pool().takeBack(buffer, ++returns)) {
            returning.add(buffer);
            return false;
        }
        returning.remove(buffer);
        if (isClosed) {
            buffer.pool().freeAllIdle();
        }
        return true;
    }

    /**
     * Frees the buffers that have been idle for {@link Limits#BUFFER_IDLE_MAX}, counted from the first call that finds them
     * idle.
     *
     * @param nowNanos a monotonic clock, for example {@link System#nanoTime}
     */
    public void trim(long nowNanos) {
        all().forEach(pool -> pool.trim(Limits.BUFFER_IDLE_MAX.toNanos(), nowNanos));
    }

    public PoolFigures figures() {
        Map<BufferTier, BufferFigures> tiers = new EnumMap<>(BufferTier.class);
        all().forEach(pool -> tiers.put(pool.tier(), pool.figures()));
        return new PoolFigures(budgetBytes, tiers);
    }

    /** Grants nothing from now on. Idle memory is freed at once, what is granted as soon as it is given back. */
    @Override
    public void close() {
        isClosed = true;
        all().forEach(TierPool::freeAllIdle);
    }

    /** Frees idle buffers if that is what it takes to stay within the budget; frees none if it would not be enough. */
    private boolean makeRoom(long bytes) {
        long missing = committedBytes() + bytes - budgetBytes;
        if (missing > idleBytes()) {
            return false;
        }
        while (committedBytes() + bytes > budgetBytes) {
            all().stream().min(Comparator.comparingLong(TierPool::oldestReturn)).ifPresent(TierPool::freeOldest);
        }
        return true;
    }

    /** If the system has no memory, what is idle goes back to it first. */
    private PooledBuffer allocate(TierPool pool, long requestedBytes) {
        return pool.allocate(requestedBytes)
                .or(() -> {
                    all().forEach(TierPool::freeAllIdle);
                    return pool.allocate(requestedBytes);
                })
                .orElseThrow(() -> noMemory(requestedBytes));
    }

    private MillraceException noMemory(long requestedBytes) {
        long inUse = figures().total().inUseBytes();
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        "BufferPools",
                        "The system has no memory left for a buffer of " + requestedBytes
                                + " bytes, although the buffers of this node hold " + inUse + " of the " + budgetBytes
                                + " bytes they may hold. Nothing was granted. Try again when other work has ended.",
                        Map.of(
                                "type", ResourceType.BUFFER.wireName(),
                                "requested", requestedBytes,
                                "limit", budgetBytes,
                                "inUse", inUse))
                .asException();
    }

    /** Memory the pools have from the system now: in use, idle and returning. */
    public long committedBytes() {
        return all().stream().mapToLong(TierPool::committedBytes).sum();
    }

    private long idleBytes() {
        return all().stream().mapToLong(TierPool::idleBytes).sum();
    }

    private Collection<TierPool> all() {
        return pools.values();
    }

    private TierPool pool(BufferTier tier) {
        TierPool pool = pools.get(tier);
        if (pool == null) {
            throw new IllegalStateException("there is no pool of " + tier);
        }
        return pool;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("the pools are closed and grant nothing any more");
        }
    }
}
