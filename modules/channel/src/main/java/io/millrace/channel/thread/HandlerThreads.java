package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.host.system.CpuAffinity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads on which a channel's handlers run. Each slot has its own, made when it is first needed and used
 * again run after run, so that its name, {@code millrace-<channel>-worker-<slot>}, says all the time whose it is; a slot
 * that is asked for another stack size has one more. After {@link Limits#WORKER_IDLE_MAX} without work a thread goes
 * away. All are in one group per channel, and daemons, so that a handler that will not end does not keep the node from
 * ending.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerThreads {
    private final ChannelName channel;
    private final ThreadGroup group;
    private final Maker maker;
    private final Duration idleMax;
    private final Instruments instruments;
    private final Map<Place, ThreadPoolExecutor> pools = new ConcurrentHashMap<>();
    private final Map<AttemptId, HandlerRun> runs = new ConcurrentHashMap<>();
    private final AtomicLong runsBegun = new AtomicLong();

    /** Makes a thread, without starting it. */
    @FunctionalInterface
    interface Maker {
        /** @param stackBytes 0 for the virtual machine's default */
        WorkerThread make(ThreadGroup group, Runnable work, String name, long stackBytes);
    }

    private record Place(int slot, long stackBytes) {}

    /**
     * How a run is placed, told on its own thread before the handler's code begins.
     *
     * @param affinity processors it is kept to, as read back from the kernel; empty for all
     * @param obstacle why these are not the ones that were asked for, absent if they are
     */
    record Placed(List<Integer> affinity, @Nullable String obstacle) {
        Placed {
            affinity = List.copyOf(affinity);
        }
    }

    /** The system would not make a thread. */
    static final class NotStartedException extends Exception {
        private static final long serialVersionUID = 1L;

        NotStartedException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    HandlerThreads(ChannelName channel, Instruments instruments) {
        this(channel, instruments, WorkerThread::new, Limits.WORKER_IDLE_MAX);
    }

    /** @param idleMax time without work after which a thread goes away */
    HandlerThreads(ChannelName channel, Instruments instruments, Maker maker, Duration idleMax) {
        this.channel = channel;
        this.idleMax = idleMax;
        this.instruments = instruments;
        this.maker = maker;
        this.group = new ThreadGroup("millrace-" + channel);
    }

    /**
     * Runs a handler on a slot's thread, at once unless the handler before it has yet to leave that thread.
     *
     * @param permit given back when the handler's code has returned, however late
     * @param placed told how it runs
     * @throws NotStartedException if there is no thread for it; then nothing of it remains, and the permit is still the
     *     caller's
     */
    void run(int slot, Placement placement, HandlerRun run, HandlerPermits.Permit permit, Consumer<Placed> placed)
            throws NotStartedException {
        runs.put(run.attempt(), run);
        runsBegun.incrementAndGet();
        try {
            pool(new Place(slot, placement.stackBytes())).execute(() -> run(placement, run, permit, placed));
        } catch (OutOfMemoryError | RejectedExecutionException e) {
            runs.remove(run.attempt());
            throw new NotStartedException(e);
        }
    }

    private void run(Placement placement, HandlerRun run, HandlerPermits.Permit permit, Consumer<Placed> placed) {
        instruments.handlersRunning().add(1);
        try {
            placed.accept(place(placement));
            run.run();
        } finally {
            instruments.handlersRunning().add(-1);
            runs.remove(run.attempt());
            permit.giveBack();
        }
    }

    /** What the thread had from its last run is kept where it is the same, for most runs are alike. */
    private static Placed place(Placement placement) {
        var thread = (WorkerThread) Thread.currentThread();
        if (thread.getPriority() != placement.javaPriority()) {
            thread.setPriority(placement.javaPriority());
        }
        List<Integer> wanted = placement.affinity();
        try {
            List<Integer> inForce = thread.restrictTo(wanted);
            return new Placed(
                    inForce,
                    inForce.containsAll(wanted) ? null : "of the processors " + wanted + " it may use only " + inForce);
        } catch (IOException e) {
            return new Placed(List.of(), "the system refuses the processors " + wanted + ": " + e.getMessage());
        }
    }

    private ThreadPoolExecutor pool(Place place) {
        return pools.computeIfAbsent(place, this::newPool);
    }

    private ThreadPoolExecutor newPool(Place place) {
        String name = "millrace-" + channel + "-worker-" + place.slot;
        var pool = new ThreadPoolExecutor(
                1,
                1,
                idleMax.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                work -> maker.make(group, work, name, place.stackBytes));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** The run of an attempt, if its handler's code has not returned. */
    Optional<HandlerRun> find(AttemptId attempt) {
        return Optional.ofNullable(runs.get(attempt));
    }

    /** Every run whose handler's code has not returned. */
    Collection<HandlerRun> runs() {
        return List.copyOf(runs.values());
    }

    /** How many runs there were. */
    long runsBegun() {
        return runsBegun.get();
    }

    /** A slot is gone, and with it its threads. */
    void forget(int slot) {
        pools.forEach((place, pool) -> {
            if (place.slot == slot) {
                pool.shutdown();
                pools.remove(place);
            }
        });
    }

    /** Threads there are, idle ones too. */
    int threads() {
        return pools.values().stream().mapToInt(ThreadPoolExecutor::getPoolSize).sum();
    }

    /** Every live thread in the channel's group, whoever made it. */
    List<Thread> inGroup() {
        var found = new Thread[group.activeCount() + 16];
        int count = group.enumerate(found);
        return new ArrayList<>(Arrays.asList(found).subList(0, count));
    }

    /** True for a thread that belongs to a slot of this channel. */
    boolean isWorker(Thread thread) {
        return thread instanceof WorkerThread && Objects.equals(thread.getThreadGroup(), group);
    }

    /** True for the names that workers of this channel have. */
    boolean isWorkerName(String name) {
        return name.startsWith("millrace-" + channel + "-worker-");
    }

    /** Asks every handler to end and takes no further one. */
    void close() {
        runs.values().forEach(HandlerRun::cancel);
        pools.values().forEach(ThreadPoolExecutor::shutdown);
    }

    /** A thread of a slot. */
    static final class WorkerThread extends Thread {
        // Touched by the thread itself only.
        private List<Integer> asked = List.of();
        private List<Integer> inForce = List.of();

        WorkerThread(ThreadGroup group, Runnable work, String name, long stackBytes) {
            super(group, work, name, stackBytes);
            setDaemon(true);
        }

        private List<Integer> restrictTo(List<Integer> processors) throws IOException {
            if (!processors.equals(asked)) {
                List<Integer> restricted = CpuAffinity.restrict(processors);
                asked = processors;
                inForce = processors.isEmpty() ? List.of() : restricted;
            }
            return inForce;
        }
    }
}
