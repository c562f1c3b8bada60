package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The way to managers of one kind, of which every channel of the cluster has one.
 *
 * @param existing completes with a failure for a channel that does not exist, so that a wrong name wakes nothing
 * @param envelope wraps a request for the channel that hands it on
 * @param <Q> what the managers are asked
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
record RemoteManagers<Q extends ManagerRequest>(
        ChannelCalls calls,
        Function<ChannelName, CompletionStage<Boolean>> existing,
        Function<Q, Channel.Command> envelope) {

    <R extends ManagerReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ManagerReply>, ? extends Q> request) {
        return ask(channel, request, Duration.ZERO);
    }

    /** @param wait time the manager may take before it answers, beside that of a request */
    <R extends ManagerReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ManagerReply>, ? extends Q> request, Duration wait) {
        return existing.apply(channel)
                .thenCompose(_ -> calls.askManager(
                        channel, replyTo -> envelope.apply(request.apply(replyTo)), Limits.ASK_TIMEOUT.plus(wait)));
    }
}
