package io.millrace.host.supervise;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.supervise.Deadlines.Deadline;
import io.millrace.host.system.EpollEvents;
import io.millrace.host.system.LibC;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for descriptors, for points in time and for tasks of other threads, and does what belongs to each.
 * Only {@link #submit} and {@link #close} may be called from other threads.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class EventLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
    private static final int EVENTS_PER_TURN_MAX = 64;
    private static final long WAKE_UP = 0;
    private static final byte[] ONE = {1, 0, 0, 0, 0, 0, 0, 0};

    private final int epoll;
    /** Stays open: a thread may be about to write to it, and its number could by then be that of another file. */
    private final int wakeUps;

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final Map<Long, Handler> handlers = new HashMap<>();
    private final Deadlines deadlines = new Deadlines();
    private final Thread thread;
    private long lastTag = WAKE_UP;
    private volatile boolean isClosed;

    /** Hears of a descriptor. It is told again as long as what it was told of is not dealt with. */
    @FunctionalInterface
    interface Handler {
        /** @param events bits such as {@link LibC#EPOLLIN} */
        void onReady(int events);
    }

    EventLoop(String name) throws IOException {
        this.epoll = LibC.epollCreate();
        this.wakeUps = LibC.eventCounter();
        LibC.epollControl(epoll, LibC.EPOLL_CTL_ADD, wakeUps, WAKE_UP);
        this.thread = Thread.ofPlatform().name(name).daemon(true).start(this::run);
    }

    /** Does something on the loop's thread, after what was submitted before. */
    void submit(Runnable task) {
        tasks.add(task);
        if (Thread.currentThread() != thread && isWoken.compareAndSet(false, true)) {
            try {
                LibC.write(wakeUps, ONE);
            } catch (IOException e) {
                LOG.error("The thread that watches processes cannot be woken up", e);
            }
        }
    }

    boolean isOwnThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Watches a descriptor until {@link #unwatch}.
     *
     * @return tag that names this watch, never used again
     */
    long watch(int descriptor, Handler handler) {
        long tag = ++lastTag;
        control(LibC.EPOLL_CTL_ADD, descriptor, tag);
        handlers.put(tag, handler);
        return tag;
    }

    void unwatch(int descriptor, long tag) {
        handlers.remove(tag);
        control(LibC.EPOLL_CTL_DEL, descriptor, tag);
    }

    /** @param atNanos on the clock of {@link System#nanoTime} */
    Deadline at(long atNanos, Runnable action) {
        return deadlines.add(atNanos, action);
    }

    void cancel(@Nullable Deadline deadline) {
        deadlines.cancel(deadline);
    }

    private void control(int operation, int descriptor, long tag) {
        try {
            LibC.epollControl(epoll, operation, descriptor, tag);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        try (var arena = Arena.ofConfined()) {
            var events = new EpollEvents(arena, EVENTS_PER_TURN_MAX);
            var counter = arena.allocate(Long.BYTES);
            while (!isClosed) {
                int count = LibC.epollWait(epoll, events, waitMillis());
                for (int i = 0; i < count; i++) {
                    onEvent(events.tag(i), events.events(i), counter);
                }
                runTasks();
                runDue();
            }
        } finally {
            LibC.close(epoll);
        }
    }

    private int waitMillis() {
        return tasks.isEmpty() ? deadlines.millisToNext(System.nanoTime()) : 0;
    }

    private void onEvent(long tag, int events, MemorySegment counter) {
        if (tag == WAKE_UP) {
            LibC.readOwn(wakeUps, counter);
            isWoken.set(false);
            return;
        }
        // Gone if an event of the same turn ended the watch.
        var handler = handlers.get(tag);
        if (handler != null) {
            guarded(() -> handler.onReady(events));
        }
    }

    private void runTasks() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            guarded(task);
        }
    }

    private void runDue() {
        long now = System.nanoTime();
        for (var action = deadlines.takeDue(now); action != null; action = deadlines.takeDue(now)) {
            guarded(action);
        }
    }

    /** One command that cannot be handled must not end the watch over all others. */
    private static void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.error("The watch over processes could not do what was due", e);
        }
    }

    /** Ends the thread after the task that runs now. */
    @Override
    public void close() {
        isClosed = true;
        submit(() -> {});
    }
}
