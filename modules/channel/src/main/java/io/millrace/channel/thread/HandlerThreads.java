package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The platform threads on which a channel's handlers run, named {@code millrace-<channel>-<number>}. As many as handlers
 * ran at once lately; none after {@link Limits#WORKER_IDLE_MAX} without work. They are daemons, so that a handler that
 * will not end does not keep the node from ending.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerThreads {
    private final ThreadPoolExecutor pool;
    private final Instruments instruments;
    private final Map<AttemptId, HandlerRun> runs = new ConcurrentHashMap<>();

    /** @param threadsMax handlers that may run at once */
    HandlerThreads(ChannelName channel, int threadsMax, Instruments instruments) {
        this.instruments = instruments;
        this.pool = new ThreadPoolExecutor(
                threadsMax,
                threadsMax,
                Limits.WORKER_IDLE_MAX.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform()
                        .name("millrace-" + channel + "-", 1)
                        .daemon(true)
                        .factory());
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a handler as soon as a thread takes it.
     *
     * @param permit given back when the handler's code has returned, however late
     */
    void run(HandlerRun run, HandlerPermits.Permit permit) {
        runs.put(run.attempt(), run);
        pool.execute(() -> {
            instruments.handlersRunning().add(1);
            try {
                run.run();
            } finally {
                instruments.handlersRunning().add(-1);
                runs.remove(run.attempt());
                permit.giveBack();
            }
        });
    }

    /** The run of an attempt, if its handler's code has not returned. */
    Optional<HandlerRun> find(AttemptId attempt) {
        return Optional.ofNullable(runs.get(attempt));
    }

    void resize(int threadsMax) {
        if (threadsMax > pool.getMaximumPoolSize()) {
            pool.setMaximumPoolSize(threadsMax);
            pool.setCorePoolSize(threadsMax);
        } else {
            pool.setCorePoolSize(threadsMax);
            pool.setMaximumPoolSize(threadsMax);
        }
    }

    int threads() {
        return pool.getPoolSize();
    }

    /** Asks every handler to end and takes no further one. */
    void close() {
        runs.values().forEach(HandlerRun::cancel);
        pool.shutdown();
    }
}
