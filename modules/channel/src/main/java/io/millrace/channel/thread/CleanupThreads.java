package io.millrace.channel.thread;

import io.millrace.channel.Instruments;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The threads on which handlers of cleanup steps run, named {@code millrace-<channel>-cleanup-<number>}. They are none of
 * the channel's slots, and need permits that only cleanups take, so that a cleanup does not wait for what it is to end.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class CleanupThreads implements AutoCloseable {
    private final HandlerPermits permits;
    private final Instruments instruments;
    private final ThreadPoolExecutor threads;
    private final Set<HandlerRun> runs = ConcurrentHashMap.newKeySet();

    public CleanupThreads(ChannelName channel, HandlerPermits permits, Instruments instruments) {
        this.permits = permits;
        this.instruments = instruments;
        ThreadGroup group = new ThreadGroup("millrace-" + channel + "-cleanup");
        AtomicInteger made = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                Limits.WORKER_IDLE_MAX.toMillis(),
                TimeUnit.MILLISECONDS,
                new SynchronousQueue<>(),
                work -> Thread.ofPlatform()
                        .group(group)
                        .name("millrace-" + channel + "-cleanup-" + made.incrementAndGet())
                        .daemon(true)
                        .unstarted(work));
    }

    /**
     * Runs a handler once it has a permit. One that was cancelled by then ends without being called.
     *
     * @param notStarted told, from any thread, if the system has no thread for it
     */
    public void run(HandlerRun run, Consumer<Problem> notStarted) {
        runs.add(run);
        permits.tryTake()
                .ifPresentOrElse(
                        permit -> start(run, permit, notStarted),
                        () -> permits.whenFree(permit -> start(run, permit, notStarted)));
    }

    private void start(HandlerRun run, HandlerPermits.Permit permit, Consumer<Problem> notStarted) {
        try {
            threads.execute(() -> onThread(run, permit));
        } catch (OutOfMemoryError | RejectedExecutionException e) {
            runs.remove(run);
            permit.giveBack();
            notStarted.accept(Problem.of(
                    ErrorCode.RESOURCE_LIMIT,
                    "ThreadManager",
                    "The system gave no thread for the handler: " + e.getMessage()
                            + ". Raise the limits of processes and memory for the node, then try again."));
        }
    }

    private void onThread(HandlerRun run, HandlerPermits.Permit permit) {
        instruments.handlersRunning().add(1);
        try {
            run.run();
        } finally {
            instruments.handlersRunning().add(-1);
            runs.remove(run);
            permit.giveBack();
        }
    }

    /** Asks every handler to end and takes no further one. */
    @Override
    public void close() {
        runs.forEach(HandlerRun::cancel);
        threads.shutdown();
    }
}
