package io.millrace.channel.handler.context;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.log.OutputPump;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.Violation;
import io.millrace.contracts.cleanup.Cleanups;
import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.job.Progress;
import io.millrace.contracts.lock.Locks;
import io.millrace.contracts.process.Processes;
import io.millrace.contracts.resource.Resources;
import io.millrace.contracts.thread.Threads;
import io.millrace.domain.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The context of one attempt. After the attempt has ended every call does nothing. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerContext implements JobContext {
    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);

    private final HandlerRun.Environment environment;
    private final AttemptId attempt;
    private final @Nullable Object input;
    private final @Nullable Long progressTotal;
    private final @Nullable String traceparent;
    private final Instant startedAt;
    private final HandlerOutput output;
    private final HandlerLocks locks;
    private final HandlerResources resources;
    private final ClosableCleanups cleanups;
    private final ClosableProcesses processes;
    private final AtomicReference<@Nullable Progress> progressToTell = new AtomicReference<>();
    private final AtomicBoolean isProgressPaused = new AtomicBoolean();
    private final AtomicInteger published = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ClosableThreads threads;
    private volatile boolean isCancelled;
    private volatile boolean isOver;
    private volatile long lastCallMillis;

    HandlerContext(
            HandlerRun.Environment environment,
            AttemptId attempt,
            @Nullable Object input,
            @Nullable Long progressTotal,
            @Nullable String traceparent,
            Instant startedAt,
            Declared declared,
            Supplier<OutputPump> pumps) {
        this.environment = environment;
        this.attempt = attempt;
        this.input = input;
        this.progressTotal = progressTotal;
        this.traceparent = traceparent;
        this.startedAt = startedAt;
        this.output = new HandlerOutput(pumps);
        this.threads = environment.threads().apply(attempt);
        this.locks = new HandlerLocks(environment.locks(), attempt, declared.locks());
        this.resources = new HandlerResources(environment.resources(), attempt, declared);
        this.cleanups = environment.cleanups().get();
        this.processes = environment.processes().get();
    }

    @Override
    public ChannelName channel() {
        return environment.channel();
    }

    @Override
    public JobId job() {
        return attempt.job();
    }

    @Override
    public int attempt() {
        return attempt.number();
    }

    @Override
    public long epoch() {
        return attempt.epoch();
    }

    @Override
    public @Nullable Object input() {
        return input;
    }

    @Override
    public @Nullable String traceparent() {
        return traceparent;
    }

    @Override
    public boolean isCancelled() {
        called();
        return isCancelled || isOver;
    }

    @Override
    public boolean awaitCancellation(Duration atMost) throws InterruptedException {
        var _ = over.await(TimeUnit.NANOSECONDS.convert(atMost), TimeUnit.NANOSECONDS);
        return isCancelled();
    }

    @Override
    public Threads threads() {
        called();
        return threads;
    }

    @Override
    public Locks locks() {
        called();
        return locks;
    }

    @Override
    public Resources resources() {
        called();
        return resources;
    }

    @Override
    public Cleanups cleanup() {
        called();
        return cleanups;
    }

    @Override
    public Processes processes() {
        called();
        return processes;
    }

    @Override
    public void log(String text) {
        called();
        if (!isOver) {
            output.write(text);
        }
    }

    @Override
    public void progress(long completed, @Nullable Long total, String phase) {
        if (completed < 0 || (total != null && total < 0)) {
            throw Problem.invalid(
                            "JobContext",
                            "Progress of " + completed + " of " + total + " was reported. Report numbers from 0 on.",
                            List.of(new Violation("completed", "must not be negative")))
                    .asException();
        }
        called();
        if (!isOver) {
            progressToTell.set(new Progress(completed, total == null ? progressTotal : total, phase, startedAt));
            tellProgress();
        }
    }

    /** Tells the latest progress at once and then nothing for a while, so that frequent calls become few messages. */
    private void tellProgress() {
        if (isProgressPaused.compareAndSet(false, true)) {
            var latest = progressToTell.getAndSet(null);
            if (latest == null || isOver) {
                isProgressPaused.set(false);
                return;
            }
            environment.reports().tell(new ChannelReport.Progressed(attempt, latest));
            environment.timer().after(PROGRESS_INTERVAL, () -> {
                isProgressPaused.set(false);
                if (progressToTell.get() != null) {
                    tellProgress();
                }
            });
        }
    }

    @Override
    public void publish(String type, Map<String, Object> data) {
        called();
        if (isOver) {
            return;
        }
        String json = environment.codec().encodeValue(data);
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Limits.EVENT_DATA_BYTES_MAX) {
            throw Problem.invalid(
                            "JobContext",
                            "The data of event '" + type + "' has " + bytes + " bytes, and the limit is "
                                    + Limits.EVENT_DATA_BYTES_MAX + ". Publish less, or a reference to it.",
                            List.of(new Violation(
                                    "data", "must have at most " + Limits.EVENT_DATA_BYTES_MAX + " bytes")))
                    .asException();
        }
        if (published.incrementAndGet() <= Limits.EVENTS_PER_ATTEMPT_MAX) {
            environment.reports().tell(new ChannelReport.Published(attempt, type, json));
        } else if (published.get() == Limits.EVENTS_PER_ATTEMPT_MAX + 1) {
            output.write("The attempt has published " + Limits.EVENTS_PER_ATTEMPT_MAX
                    + " events, which is the limit. Further ones are dropped.");
        }
    }

    /** A sign of life. */
    void called() {
        lastCallMillis = System.currentTimeMillis();
    }

    @Nullable Instant lastCall() {
        long millis = lastCallMillis;
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    void cancel() {
        isCancelled = true;
        over.countDown();
    }

    void end() {
        isOver = true;
        threads.close();
        locks.close();
        resources.close();
        cleanups.close();
        processes.close();
        over.countDown();
    }

    boolean usedLocks() {
        return locks.wereUsed();
    }

    boolean usedResources() {
        return resources.wereUsed();
    }

    HandlerOutput output() {
        return output;
    }
}
