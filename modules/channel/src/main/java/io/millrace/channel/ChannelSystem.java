package io.millrace.channel;

import org.apache.pekko.actor.typed.ActorSystem;

/** Starts everything a node needs to own and to reach channels. */
public final class ChannelSystem {
    private final Channels channels;
    private final Inspection inspection;

    private ChannelSystem(Channels channels, Inspection inspection) {
        this.channels = channels;
        this.inspection = inspection;
    }

    /**
     * Registers the node for sharding and starts its node-level actors. Call once per actor system, which must be
     * configured with {@code millrace-pekko.conf}.
     */
    public static ChannelSystem start(ActorSystem<?> system, ChannelServices services, ChannelJournal journal) {
        throw new UnsupportedOperationException("started by a later change");
    }

    /** The way into every channel of the cluster. */
    public Channels channels() {
        return channels;
    }

    /** What runs where. */
    public Inspection inspection() {
        return inspection;
    }
}
