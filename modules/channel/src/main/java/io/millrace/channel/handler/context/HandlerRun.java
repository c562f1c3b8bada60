package io.millrace.channel.handler.context;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * One run of a handler on a thread of its channel. It ends when the handler's code returns, whatever was asked of it
 * before: a thread cannot be ended from outside.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class HandlerRun implements Runnable {
    private static final String COMPONENT = "Handler";

    private final AttemptId attempt;
    private final JobHandler handler;
    private final ValueCodec codec;
    private final HandlerContext context;
    private final Listener listener;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
    private final AtomicReference<@Nullable Runnable> onOver = new AtomicReference<>();
    private volatile @Nullable Thread thread;
    private volatile @Nullable ThreadMeter meter;
    private volatile @Nullable Usage finalUsage;

    private enum Phase {
        WAITING,
        RUNNING,
        /** Somebody is about to interrupt the thread, which must not go on to another attempt before. */
        INTERRUPTING,
        INTERRUPTED,
        OVER
    }

    /** Hears once, on the handler's thread or another one, how the run ended. */
    @FunctionalInterface
    public interface Listener {
        /** @param wroteOutput true if there are lines to be made durable */
        void ended(AttemptOutcome outcome, boolean wroteOutput);
    }

    /**
     * What is the same for every run in a channel.
     *
     * @param threads as an attempt sees them, which owns those it creates
     */
    public record Environment(
            ChannelName channel,
            ValueCodec codec,
            OutputTimer timer,
            ActorRef<ChannelReport> reports,
            Function<AttemptId, ClosableThreads> threads,
            ManagerCalls<LockManager.Command> locks,
            ManagerCalls<ResourceManager.Command> resources,
            Supplier<ClosableCleanups> cleanups,
            Supplier<ClosableProcesses> processes) {}

    /**
     * @param input the job's input as plain Java
     * @param traceparent the trace the job was submitted in
     * @param declared what the job declared and the attempt holds
     * @param pumps makes the pump of the attempt's output when it is first needed
     */
    public HandlerRun(
            Environment environment,
            AttemptId attempt,
            JobHandler handler,
            @Nullable Object input,
            @Nullable Long progressTotal,
            @Nullable String traceparent,
            Instant startedAt,
            Declared declared,
            Supplier<OutputPump> pumps,
            Listener listener) {
        this.attempt = attempt;
        this.handler = handler;
        this.codec = environment.codec;
        this.listener = listener;
        this.context =
                new HandlerContext(environment, attempt, input, progressTotal, traceparent, startedAt, declared, pumps);
    }

    public AttemptId attempt() {
        return attempt;
    }

    public ChannelName channel() {
        return context.channel();
    }

    /** True once the handler's code has returned, also while its end is still being told. */
    public boolean isOver() {
        return phase.get() == Phase.OVER;
    }

    /** Name of the thread it runs on, absent before and after. */
    public @Nullable String threadName() {
        var running = thread;
        return running == null ? null : running.getName();
    }

    /** True if its attempt may hold resources it did not declare. */
    public boolean usedResources() {
        return context.usedResources();
    }

    /** True if its attempt may hold a lock. */
    public boolean usedLocks() {
        return context.usedLocks();
    }

    /** When the handler last used its context, or its run began; absent before. */
    public @Nullable Instant lastHeartbeat() {
        return context.lastCall();
    }

    /** What its code used so far, or in all once it has returned. */
    public Usage usage() {
        var running = meter;
        var soFar = running == null ? Usage.NONE : running.sinceStart();
        var all = finalUsage;
        return all == null ? soFar : all;
    }

    /** Asks the handler to end: its context says so from now on. */
    public void ask() {
        context.cancel();
    }

    /** Asks the handler to end and interrupts its thread; doing so again interrupts it again. False if it has returned. */
    public boolean cancel() {
        context.cancel();
        var running = thread;
        boolean isMine = running != null
                && (phase.compareAndSet(Phase.RUNNING, Phase.INTERRUPTING)
                        || phase.compareAndSet(Phase.INTERRUPTED, Phase.INTERRUPTING));
        if (running != null && isMine) {
            running.interrupt();
            phase.set(Phase.INTERRUPTED);
        }
        return isMine;
    }

    /** Its attempt is over though it still runs: from here on its context does nothing. */
    public void disown() {
        context.end();
        context.output().close(_ -> {});
    }

    /** Calls back once, from any thread, when the handler's code has returned. */
    public void whenOver(Runnable callback) {
        onOver.set(callback);
        if (phase.get() == Phase.OVER) {
            callOnOver();
        }
    }

    private void callOnOver() {
        var callback = onOver.getAndSet(null);
        if (callback != null) {
            callback.run();
        }
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        var measured = new ThreadMeter();
        meter = measured;
        context.called();
        phase.set(Phase.RUNNING);
        AttemptOutcome outcome;
        try {
            outcome = context.isCancelled() ? AttemptOutcome.cancelled(null, null) : runHandler();
        } finally {
            finalUsage = measured.sinceStart();
            leaveThread();
        }
        context.end();
        context.output().close(wroteOutput -> listener.ended(outcome, wroteOutput));
        callOnOver();
    }

    /** Everything a handler throws ends its attempt and nothing else, errors of the virtual machine included. */
    @SuppressWarnings("CatchingUnchecked")
    private AttemptOutcome runHandler() {
        try (var _ = AttemptMdc.open(context.channel(), attempt, context.traceparent())) {
            Thread.currentThread().setContextClassLoader(handler.getClass().getClassLoader());
            return outcome(handler.run(context));
        } catch (MillraceException e) {
            return AttemptOutcome.failed(AttemptOutcome.Kind.FAILED, null, null, e.problem());
        } catch (Throwable e) {
            return failed(e);
        }
    }

    private AttemptOutcome outcome(@Nullable Object result) {
        if (result == null) {
            return AttemptOutcome.succeeded(null, null);
        }
        String json;
        try {
            json = codec.encodeValue(result);
        } catch (IllegalArgumentException e) {
            return failedForGood("The handler '" + handler.name() + "' returned what is no JSON value: "
                    + e.getMessage() + ". Return maps, lists, strings, numbers, booleans or null.");
        }
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Limits.JOB_RESULT_BYTES_MAX) {
            return failedForGood("The handler '" + handler.name() + "' returned a result of " + bytes
                    + " bytes, and the limit is " + Limits.JOB_RESULT_BYTES_MAX
                    + ". Store the result elsewhere and return where it is.");
        }
        return AttemptOutcome.succeeded(null, json);
    }

    private AttemptOutcome failedForGood(String detail) {
        return AttemptOutcome.failed(
                AttemptOutcome.Kind.FAILED_FOR_GOOD,
                null,
                null,
                Problem.of(ErrorCode.RESOURCE_LIMIT, COMPONENT, detail));
    }

    private AttemptOutcome failed(Throwable cause) {
        String message = cause.getMessage();
        String detail = message == null || message.isBlank() ? cause.getClass().getName() : message;
        return AttemptOutcome.failed(
                AttemptOutcome.Kind.FAILED,
                null,
                null,
                Problem.of(
                        ErrorCode.INVALID_STATE,
                        COMPONENT,
                        detail,
                        Map.of(
                                "handler",
                                handler.name(),
                                "exception",
                                cause.getClass().getName())));
    }

    /** An interrupt that was meant for this run must not reach the next one on the same thread. */
    private void leaveThread() {
        while (!phase.compareAndSet(Phase.RUNNING, Phase.OVER) && !phase.compareAndSet(Phase.INTERRUPTED, Phase.OVER)) {
            Thread.onSpinWait();
        }
        thread = null;
        var _ = Thread.interrupted();
    }
}
