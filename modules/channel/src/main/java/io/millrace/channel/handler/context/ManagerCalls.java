package io.millrace.channel.handler.context;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * The way from handlers to one of the managers of their channel.
 *
 * @param name of the manager, for people: {@code LockManager}
 * @param callers runs what a handler does with an answer, so that no manager spends its time on it
 * @param <C> what the manager understands
 */
public record ManagerCalls<C>(String name, ActorRef<C> manager, Scheduler scheduler, Executor callers) {

    /**
     * Asks the manager what it answers with one kind of {@link ManagerReply}.
     *
     * @param wait time it may take before it answers, beside that of a request and its storing
     * @return fails with {@link MillraceException} if it refuses or does not answer
     */
    @SuppressWarnings("unchecked") // Each request has one kind of reply beside Refused, which is thrown here.
    <R extends ManagerReply> CompletionStage<R> ask(
            Function<ActorRef<ManagerReply>, ? extends C> request, Duration wait) {
        return this.<ManagerReply>askFor(request, wait).thenApply(reply -> {
            if (reply instanceof ManagerReply.Refused(var problem)) {
                throw problem.asException();
            }
            return (R) reply;
        });
    }

    /** Asks the manager; the reply is handed on as it is. */
    <A> CompletionStage<A> askFor(Function<ActorRef<A>, ? extends C> request, Duration wait) {
        return AskPattern.<C, A>ask(manager, request::apply, Limits.ASK_TIMEOUT.plus(wait), scheduler)
                .handleAsync(
                        (reply, failure) -> {
                            if (failure != null) {
                                throw unanswered(failure);
                            }
                            return reply;
                        },
                        callers);
    }

    private RuntimeException unanswered(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return Problem.of(
                            ErrorCode.UNAVAILABLE,
                            name,
                            "The manager did not answer in time, so it is unknown whether this was done. What the "
                                    + "attempt holds is released when it ends; try again.")
                    .asException();
        }
        return new IllegalStateException("the manager could not be asked", cause);
    }
}
