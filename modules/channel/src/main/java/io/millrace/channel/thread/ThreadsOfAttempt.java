package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.contracts.thread.Threads;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/** The threads of a channel as one attempt sees them: it asks the thread manager, and nobody waits for the answer. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ThreadsOfAttempt implements Threads {
    /** Longer than any attempt; the thread awaited ends with the attempt at the latest. */
    private static final Duration AWAIT_MAX = Duration.ofDays(20);

    private final ActorSystem<?> system;
    private final ActorRef<ThreadManager.Command> manager;
    private final AttemptId attempt;
    private final BooleanSupplier isOver;

    ThreadsOfAttempt(
            ActorSystem<?> system, ActorRef<ThreadManager.Command> manager, AttemptId attempt, BooleanSupplier isOver) {
        this.system = system;
        this.manager = manager;
        this.attempt = attempt;
        this.isOver = isOver;
    }

    @Override
    public CompletionStage<Handle> create(ThreadSpec thread) {
        return this.<ThreadManager.Created>ask(
                        replyTo -> new ThreadManager.Create(thread, attempt, null, null, replyTo), Limits.ASK_TIMEOUT)
                .thenApply(created -> created.thread().handle());
    }

    @Override
    public CompletionStage<ThreadView> show(Handle thread) {
        return this.<ThreadManager.Shown>ask(
                        replyTo -> new ThreadManager.Show(Reference.to(thread), replyTo), Limits.ASK_TIMEOUT)
                .thenApply(ThreadManager.Shown::thread);
    }

    @Override
    public CompletionStage<ThreadView> awaitEnd(Handle thread) {
        return this.<ThreadManager.Shown>ask(
                        replyTo -> new ThreadManager.AwaitEnd(Reference.to(thread), AWAIT_MAX.toMillis(), replyTo),
                        AWAIT_MAX.plus(Limits.ASK_TIMEOUT))
                .thenApply(ThreadManager.Shown::thread);
    }

    @Override
    public CompletionStage<Termination> terminate(Handle thread, Duration grace) {
        return this.<ThreadManager.TerminationEnded>ask(
                        replyTo -> new ThreadManager.Terminate(Reference.to(thread), grace.toMillis(), replyTo),
                        Limits.ASK_TIMEOUT.plus(grace))
                .thenApply(ThreadManager.TerminationEnded::termination);
    }

    @Override
    public CompletionStage<ThreadMetrics> metrics(Handle thread) {
        return this.<ThreadManager.Measured>ask(
                        replyTo -> new ThreadManager.Measure(Reference.to(thread), replyTo), Limits.ASK_TIMEOUT)
                .thenApply(ThreadManager.Measured::metrics);
    }

    @Override
    public CompletionStage<ValidationReport> validate(Handle thread) {
        return this.<ThreadManager.Validated>ask(
                        replyTo -> new ThreadManager.Validate(Reference.to(thread), replyTo), Limits.ASK_TIMEOUT)
                .thenApply(ThreadManager.Validated::report);
    }

    @SuppressWarnings("unchecked") // Each request has one kind of reply beside Refused, which is thrown here.
    private <R extends ManagerReply> CompletionStage<R> ask(
            Function<ActorRef<ManagerReply>, ThreadManager.Request> request, Duration timeout) {
        if (isOver.getAsBoolean()) {
            return CompletableFuture.failedStage(over(attempt).asException());
        }
        return AskPattern.<ThreadManager.Command, ManagerReply>ask(manager, request::apply, timeout, system.scheduler())
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(noAnswer(failure)))
                .thenApplyAsync(
                        reply -> {
                            if (reply instanceof ManagerReply.Refused(var problem)) {
                                throw problem.asException();
                            }
                            return (R) reply;
                        },
                        system.executionContext());
    }

    static Problem over(AttemptId attempt) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                "ThreadManager",
                "The attempt " + attempt
                        + " is over, and its threads with it. Use its context only until the handler returns.");
    }

    private static MillraceException noAnswer(Throwable failure) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "ThreadManager",
                        failure instanceof TimeoutException
                                ? "The thread manager did not answer in time; the channel may be leaving its node. Whether "
                                        + "this took effect is unknown."
                                : "The thread manager could not be asked: " + failure.getMessage())
                .asException();
    }
}
