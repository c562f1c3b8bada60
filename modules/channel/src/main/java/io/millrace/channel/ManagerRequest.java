package io.millrace.channel;

import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Something a manager of a channel is asked from outside. The channel hands it on once everything it decided before is
 * stored; it is always answered. Immutable, like every message.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ManagerRequest extends WireMessage {
    ActorRef<ManagerReply> replyTo();

    /** Answers that nothing was done, or that it is unknown what was. */
    default void refuse(Problem problem) {
        replyTo().tell(new ManagerReply.Refused(problem));
    }
}
