package io.millrace.channel.thread;

import io.millrace.contracts.ThreadSafety;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The node's cap on handler attempts that run at the same time, over all its channels (contract row T-25). A channel
 * that finds no permit queues up once; a permit given back goes to whoever waits longest, so hungry channels take
 * turns. Nobody blocks.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class HandlerPermits {
    private final int limit;
    private final AtomicInteger free;
    private final Queue<Consumer<Permit>> waiting = new ConcurrentLinkedQueue<>();

    /** Absent in the permits of cleanups themselves. */
    private final @Nullable HandlerPermits forCleanups;

    public HandlerPermits(int limit) {
        this(limit, new HandlerPermits(limit, null));
    }

    private HandlerPermits(int limit, @Nullable HandlerPermits forCleanups) {
        if (limit < 1) {
            throw new IllegalArgumentException("A node needs at least 1 handler permit, not " + limit + ".");
        }
        this.limit = limit;
        this.free = new AtomicInteger(limit);
        this.forCleanups = forCleanups;
    }

    /** The default: eight per processor. */
    public static HandlerPermits forProcessors(int processors) {
        return new HandlerPermits(processors * 8);
    }

    public int limit() {
        return limit;
    }

    /** As many again for handlers that clean up, so that these never wait for what they are to end. */
    public HandlerPermits forCleanups() {
        return forCleanups == null ? this : forCleanups;
    }

    /** One handler's leave to run. */
    final class Permit {
        private final AtomicBoolean isHeld = new AtomicBoolean(true);

        /** Returns it; doing so again has no effect. */
        void giveBack() {
            if (isHeld.compareAndSet(true, false)) {
                free.incrementAndGet();
                passOn();
            }
        }
    }

    /** A permit, if one is free and nobody waits for it. */
    Optional<Permit> tryTake() {
        return waiting.isEmpty() && takeFree() ? Optional.of(new Permit()) : Optional.empty();
    }

    /**
     * Queues for one permit.
     *
     * @param granted called once, from any thread, with a permit that now belongs to the caller
     */
    void whenFree(Consumer<Permit> granted) {
        waiting.add(granted);
        passOn();
    }

    /** Matches free permits with those who wait. Whoever adds either side calls it, so no match is missed. */
    private void passOn() {
        while (!waiting.isEmpty() && takeFree()) {
            var next = waiting.poll();
            if (next == null) {
                free.incrementAndGet();
            } else {
                next.accept(new Permit());
            }
        }
    }

    private boolean takeFree() {
        int now = free.get();
        while (now > 0) {
            if (free.compareAndSet(now, now - 1)) {
                return true;
            }
            now = free.get();
        }
        return false;
    }
}
