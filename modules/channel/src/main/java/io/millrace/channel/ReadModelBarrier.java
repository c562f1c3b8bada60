package io.millrace.channel;

import io.millrace.channel.projection.Projection;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Callers that wait until the read model has what was stored before they asked. They give up by themselves after
 * {@link Limits#READ_YOUR_WRITES_MAX}; at most {@link Limits#FOLLOWERS_MAX} wait.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ReadModelBarrier {
    private record Waiter(long sequence, ActorRef<ChannelReply> replyTo) {}

    /** In order of sequence numbers, because these only rise. */
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

    private long projected;
    private long stored;

    /** False if the limit is reached. */
    boolean await(long sequence, ActorRef<ChannelReply> replyTo) {
        if (sequence <= projected) {
            replyTo.tell(new ChannelReply.ReadModelCurrent());
            return true;
        }
        if (waiters.size() >= Limits.FOLLOWERS_MAX) {
            return false;
        }
        waiters.add(new Waiter(sequence, replyTo));
        return true;
    }

    /** The read model has come this far. */
    void reached(Projection.Projected progress) {
        projected = progress.sequence();
        stored = progress.stored();
        while (!waiters.isEmpty() && waiters.element().sequence() <= projected) {
            waiters.remove().replyTo().tell(new ChannelReply.ReadModelCurrent());
        }
    }

    /** Sequence number up to which the read model has everything. */
    long projected() {
        return projected;
    }

    /** Sequence number behind which the read model still needs the journal. */
    long stored() {
        return stored;
    }

    /** Takes everybody out. */
    void giveUp(Consumer<ActorRef<ChannelReply>> answer) {
        waiters.forEach(waiter -> answer.accept(waiter.replyTo()));
        waiters.clear();
    }
}
