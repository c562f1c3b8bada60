package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handler.context.ClosableCleanups;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupTask;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/** What the attempts of a channel ask of its cleanup manager, which uses this package and not the other way round. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface AttemptCleanups {

    /**
     * Returns everything an attempt holds. Asking again while that goes on adds a listener.
     *
     * @param tasks that its job declares, to be run if {@link Holding#TASKS} is among the holdings
     */
    void cleanUp(AttemptId attempt, Set<Holding> holdings, List<CleanupTask> tasks, ActorRef<CleanedUp> replyTo);

    /** The cleanup tasks of the channel, for one attempt of a handler. */
    ClosableCleanups forHandler();
}
