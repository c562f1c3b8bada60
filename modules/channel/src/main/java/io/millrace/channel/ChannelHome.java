package io.millrace.channel;

import org.apache.pekko.actor.typed.ActorRef;

/** The place a channel was started in. */
interface ChannelHome {

    /** Asks for the channel to be stopped, in such a way that messages on their way to it start it again. */
    void leave(ActorRef<Channel.Command> channel);

    /** True if no other node of the cluster could take the channel over now. */
    boolean isOnlyNode();

    /** Sees to it that the channel is started again once it has stopped, here or elsewhere. */
    void wakeAgain();
}
