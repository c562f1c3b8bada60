package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.Map;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Refuses requests while too many wait for the channel. Messages that arrive during a write or a recovery are stashed;
 * this counts them, so that a caller is answered instead of being dropped by a full stash. What the channel's own
 * managers report is always let through.
 */
final class Admission extends BehaviorInterceptor<Channel.Command, Channel.Command> {
    private final ChannelName channel;
    private int waiting;

    Admission(ChannelName channel) {
        super(Channel.Command.class);
        this.channel = channel;
    }

    @Override
    public Behavior<Channel.Command> aroundReceive(
            TypedActorContext<Channel.Command> context,
            Channel.Command command,
            ReceiveTarget<Channel.Command> channelBehavior) {
        if (waiting >= Limits.CHANNEL_STASH_MAX && command instanceof ChannelRequest request) {
            request.refuse(overloaded());
            return Behaviors.same();
        }
        waiting++;
        return channelBehavior.apply(context, command);
    }

    /** The channel has begun to handle a command. */
    void handled() {
        waiting--;
    }

    private Problem overloaded() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "Channel",
                        "The channel '" + channel + "' has " + waiting + " requests waiting, and "
                                + Limits.CHANNEL_STASH_MAX
                                + " may wait. This one was not looked at. Try again after the given time, or send jobs in "
                                + "batches.",
                        Map.of("channel", channel.value(), "waiting", waiting, "limit", Limits.CHANNEL_STASH_MAX))
                .retryAfter(Duration.ofSeconds(1));
    }
}
