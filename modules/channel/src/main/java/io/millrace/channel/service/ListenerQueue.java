package io.millrace.channel.service;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.LineListener;
import io.millrace.domain.Limits;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines on their way to one listener. It hears them one at a time, in the order in which they were offered, on threads that
 * may block. Whoever offers lines never waits: beyond {@link Limits#LISTENER_LINES_MAX} lines, or {@link
 * Limits#LISTENER_CHARS_MAX} characters, they are dropped and counted, and the listener hears how many before the next line.
 * What it throws is counted and goes no further.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ListenerQueue {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerQueue.class);

    private final LineListener listener;
    private final Executor threads;
    private final ListenerCounters counters;

    private final Queue<Item> items = new ConcurrentLinkedQueue<>();
    private final AtomicInteger linesWaiting = new AtomicInteger();
    private final AtomicLong charsWaiting = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicInteger workWaiting = new AtomicInteger();
    private final AtomicBoolean wasFailureLogged = new AtomicBoolean();
    private final AtomicBoolean wasDropLogged = new AtomicBoolean();
    private final AtomicReference<@Nullable Runnable> whenSilent = new AtomicReference<>();
    private volatile boolean isClosed;

    /** Something the listener hears. */
    private sealed interface Item {}

    private record Line(JobId process, String line, boolean isError) implements Item {}

    /** Lines are missing here. */
    private record Gap(long lines) implements Item {}

    ListenerQueue(LineListener listener, Executor threads, ListenerCounters counters) {
        this.listener = listener;
        this.threads = threads;
        this.counters = counters;
    }

    /** Hands a line over later, or drops it. After {@link #close} it does nothing. */
    void offer(JobId process, String line, boolean isError) {
        if (isClosed) {
            return;
        }
        if (linesWaiting.get() >= Limits.LISTENER_LINES_MAX
                || charsWaiting.get() + line.length() > Limits.LISTENER_CHARS_MAX) {
            drop();
            return;
        }
        addGap();
        linesWaiting.incrementAndGet();
        charsWaiting.addAndGet(line.length());
        items.add(new Line(process, line, isError));
        work();
    }

    private void drop() {
        dropped.incrementAndGet();
        counters.lineDropped();
        if (wasDropLogged.compareAndSet(false, true)) {
            LOG.warn("A listener to output is too slow: lines are dropped while {} wait for it", linesWaiting.get());
        }
    }

    private void addGap() {
        long missing = dropped.get() == 0 ? 0 : dropped.getAndSet(0);
        if (missing > 0) {
            items.add(new Gap(missing));
        }
    }

    /**
     * Ends it: what waits is forgotten.
     *
     * @param silent run once the listener hears nothing any more, which is when it has returned from what it hears now
     */
    void close(Runnable silent) {
        whenSilent.set(silent);
        isClosed = true;
        work();
    }

    private void work() {
        if (workWaiting.getAndIncrement() == 0) {
            threads.execute(this::deliverAll);
        }
    }

    private void deliverAll() {
        int seen = workWaiting.get();
        while (seen > 0) {
            deliverWaiting();
            seen = workWaiting.addAndGet(-seen);
        }
    }

    private void deliverWaiting() {
        for (Item item = items.poll(); item != null; item = items.poll()) {
            if (!isClosed) {
                deliver(item);
            }
            if (item instanceof Line(var _, var line, var _)) {
                linesWaiting.decrementAndGet();
                charsWaiting.addAndGet(-line.length());
            }
        }
        long missing = dropped.getAndSet(0);
        if (missing > 0 && !isClosed) {
            deliver(new Gap(missing));
        }
        Runnable silent = isClosed ? whenSilent.getAndSet(null) : null;
        if (silent != null) {
            silent.run();
        }
    }

    /** Everything a listener throws ends here, errors of the virtual machine included. */
    @SuppressWarnings("CatchingUnchecked")
    private void deliver(Item item) {
        try {
            switch (item) {
                case Line(var process, var line, var isError) -> listener.line(process, line, isError);
                case Gap(var lines) -> listener.dropped(lines);
            }
        } catch (Throwable e) {
            counters.listenerFailed();
            if (wasFailureLogged.compareAndSet(false, true)) {
                LOG.warn("A listener to output failed; it goes on hearing lines, and further failures are counted", e);
            }
        }
    }
}
