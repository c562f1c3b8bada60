package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * What a channel was started with, for the parts it is made of. The same in all its lives, and used by the channel's actor
 * only.
 *
 * @param actor context of the channel's actor
 * @param timers of the channel's actor; they end with each of its lives
 * @param name of the channel
 * @param host the node it was started on
 * @param home the place it was started in
 * @param returns where its managers send what they tell it
 * @param lastSequence sequence number of the newest entry of its journal
 */
record ChannelContext(
        ActorContext<Channel.Command> actor,
        TimerScheduler<Channel.Command> timers,
        ChannelName name,
        ChannelHost host,
        ChannelHome home,
        ReturnAddresses returns,
        LongSupplier lastSequence) {

    ActorRef<Channel.Command> self() {
        return actor.getSelf();
    }

    /** Wall-clock time in milliseconds since the epoch. */
    long nowMillis() {
        return host.clock().millis();
    }
}
