package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.port.StorageException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks channels, wherever they are, and turns refusals and silence into {@link MillraceException}s. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ChannelCalls {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelCalls.class);

    private final ClusterSharding sharding;
    private final Executor callers;

    /**
     * @param callers runs what callers do with an answer, so that no channel spends its time on it
     */
    ChannelCalls(ClusterSharding sharding, Executor callers) {
        this.sharding = sharding;
        this.callers = callers;
    }

    EntityRef<Channel.Command> entity(ChannelName channel) {
        return sharding.entityRefFor(Channel.TYPE_KEY, channel.value());
    }

    /** Asks the channel itself. */
    <R extends ChannelReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ChannelReply>, Channel.Command> command, Duration timeout) {
        return granted(
                channel,
                entity(channel).<ChannelReply>ask(command::apply, timeout),
                reply -> reply instanceof ChannelReply.Refused(var problem) ? Optional.of(problem) : Optional.empty());
    }

    /** Asks one of the channel's managers. */
    <R extends ManagerReply> CompletionStage<R> askManager(
            ChannelName channel, Function<ActorRef<ManagerReply>, Channel.Command> command, Duration timeout) {
        return granted(
                channel,
                entity(channel).<ManagerReply>ask(command::apply, timeout),
                reply -> reply instanceof ManagerReply.Refused(var problem) ? Optional.of(problem) : Optional.empty());
    }

    @SuppressWarnings("unchecked") // Each request has one kind of reply beside a refusal, which is thrown here.
    private <A, R extends A> CompletionStage<R> granted(
            ChannelName channel, CompletionStage<A> answer, Function<A, Optional<Problem>> refusal) {
        return answered(channel, answer)
                .thenApplyAsync(
                        reply -> {
                            refusal.apply(reply).ifPresent(problem -> {
                                throw problem.asException();
                            });
                            return (R) reply;
                        },
                        callers);
    }

    /** The answer, with every failure as what a caller may be told. */
    static <T> CompletionStage<T> answered(ChannelName channel, CompletionStage<T> answer) {
        return answer.exceptionallyCompose(failure -> CompletableFuture.failedStage(
                unwrapped(failure) instanceof TimeoutException
                        ? ChannelProblems.noAnswer(channel, Limits.ASK_TIMEOUT).asException()
                        : asMillrace(failure)));
    }

    static MillraceException asMillrace(Throwable failure) {
        return switch (unwrapped(failure)) {
            case MillraceException expected -> expected;
            case StorageException _ -> ChannelProblems.storageUnavailable().asException();
            case Throwable defect -> {
                LOG.error("A request failed by a defect.", defect);
                yield Problem.of(
                                ErrorCode.INTERNAL,
                                "Channels",
                                "The request failed by a defect of Millrace. The server log has the cause.")
                        .asException();
            }
        };
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
