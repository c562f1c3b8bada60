package io.millrace.channel;

import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.LiveChannel;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Whether the channel belongs to this instance of it, in all lives of the instance. One that was superseded ends: whatever
 * it decided would be decided behind the owner's back.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Ownership {
    private final ChannelContext channel;
    private OwnershipProof proof;
    /** True once it was stored that this node owns the channel. */
    private boolean hasOwned;

    private boolean isSuperseded;

    Ownership(ChannelContext channel) {
        this.channel = channel;
        this.proof = newProof();
    }

    private OwnershipProof newProof() {
        return new OwnershipProof(channel.host().services().processLease());
    }

    /** A life of the channel begins, in which nothing is proved yet. */
    void beginLife() {
        proof = newProof();
    }

    /**
     * After a failed write the journal may show that somebody else owns the channel by now. Taking it back would cut off
     * what runs there; if the channel does belong here, sharding starts it again.
     *
     * @param recovered the channel as the journal has it
     * @return false if the channel may be taken over
     */
    boolean isLost(LiveChannel recovered) {
        boolean isLost =
                hasOwned && !recovered.owner().equals(channel.host().services().node());
        if (isLost) {
            channel.actor().getLog().warn("Another node took the channel over; this instance ends.");
            supersede();
        }
        return isLost;
    }

    /** True once somebody else owns the channel. */
    boolean isSuperseded() {
        return isSuperseded;
    }

    private void supersede() {
        isSuperseded = true;
        channel.self().tell(Channel.Leave.INSTANCE);
    }

    /**
     * A write has succeeded.
     *
     * @param sentNanos just before it was sent, on the clock of {@link System#nanoTime}
     * @return until when the channel certainly belongs to this node
     */
    long written(long sentNanos) {
        hasOwned = true;
        return proof.written(sentNanos);
    }

    /** Confirms the ownership, at once if a write has proved it lately, else when the journal was read. */
    void confirm(ActorRef<ProcessManager.Command> replyTo) {
        if (proof.mustRead(replyTo, System.nanoTime())) {
            OwnershipProof asking = proof;
            long beganNanos = System.nanoTime();
            channel.actor()
                    .pipeToSelf(
                            channel.host().journal().highestSequence(channel.name()),
                            (highest, _) -> new Channel.JournalRead(asking, beganNanos, highest));
        }
    }

    /** The journal was read. An answer to an earlier life says nothing about this one. */
    void read(Channel.JournalRead read) {
        Long highest = read.highest();
        if (read.of() != proof) {
            return;
        }
        long own = channel.lastSequence().getAsLong();
        if (highest == null) {
            proof.notRead();
        } else if (!proof.read(read.beganNanos(), highest, own)) {
            channel.actor()
                    .getLog()
                    .warn(
                            "Somebody else has taken the channel over: the journal goes up to entry {}, of which this "
                                    + "instance wrote those up to {}. It ends, and what it runs is killed.",
                            highest,
                            own);
            supersede();
        }
    }
}
