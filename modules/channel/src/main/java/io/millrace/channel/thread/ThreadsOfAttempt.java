package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handler.context.AttemptCalls;
import io.millrace.channel.handler.context.ClosableThreads;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** The threads of the channel, for one attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ThreadsOfAttempt implements ClosableThreads {
    /** Longer than any attempt; the thread awaited ends with the attempt at the latest. */
    private static final Duration AWAIT_MAX = Duration.ofDays(20);

    private final AttemptCalls<ThreadManager.Command> calls;
    private final AttemptId attempt;

    ThreadsOfAttempt(ManagerCalls<ThreadManager.Command> calls, AttemptId attempt) {
        this.calls = new AttemptCalls<>(calls, overDetail(attempt));
        this.attempt = attempt;
    }

    @Override
    public CompletionStage<Handle> create(ThreadSpec thread) {
        return calls.<ThreadManager.Created>ask(
                        replyTo -> new ThreadManager.Create(thread, attempt, null, null, replyTo), Duration.ZERO)
                .thenApply(created -> created.thread().handle());
    }

    @Override
    public CompletionStage<ThreadView> show(Handle thread) {
        return calls.<ThreadManager.Shown>ask(
                        replyTo -> new ThreadManager.Show(Reference.to(thread), replyTo), Duration.ZERO)
                .thenApply(ThreadManager.Shown::thread);
    }

    @Override
    public CompletionStage<ThreadView> awaitEnd(Handle thread) {
        return calls.<ThreadManager.Shown>ask(
                        replyTo -> new ThreadManager.AwaitEnd(Reference.to(thread), AWAIT_MAX.toMillis(), replyTo),
                        AWAIT_MAX)
                .thenApply(ThreadManager.Shown::thread);
    }

    @Override
    public CompletionStage<Termination> terminate(Handle thread, Duration grace) {
        return calls.<ThreadManager.TerminationEnded>ask(
                        replyTo -> new ThreadManager.Terminate(Reference.to(thread), grace.toMillis(), replyTo), grace)
                .thenApply(ThreadManager.TerminationEnded::termination);
    }

    @Override
    public CompletionStage<ThreadMetrics> metrics(Handle thread) {
        return calls.<ThreadManager.Measured>ask(
                        replyTo -> new ThreadManager.Measure(Reference.to(thread), replyTo), Duration.ZERO)
                .thenApply(ThreadManager.Measured::metrics);
    }

    @Override
    public CompletionStage<ValidationReport> validate(Handle thread) {
        return calls.<ThreadManager.Validated>ask(
                        replyTo -> new ThreadManager.Validate(Reference.to(thread), replyTo), Duration.ZERO)
                .thenApply(ThreadManager.Validated::report);
    }

    @Override
    public void close() {
        calls.close();
    }

    static Problem over(AttemptId attempt) {
        return Problem.of(ErrorCode.INVALID_STATE, "ThreadManager", overDetail(attempt));
    }

    private static String overDetail(AttemptId attempt) {
        return "The attempt " + attempt
                + " is over, and its threads with it. Use its context only until the handler returns.";
    }
}
