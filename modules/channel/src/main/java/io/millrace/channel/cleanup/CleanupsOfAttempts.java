package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handler.context.ClosableCleanups;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.channel.thread.AttemptCleanups;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.cleanup.CleanupTask;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;

/**
 * The way of a channel's attempts to its cleanup manager.
 *
 * @param callers runs what a handler does with an answer
 */
public record CleanupsOfAttempts(ActorRef<CleanupManager.Command> manager, Scheduler scheduler, Executor callers)
        implements AttemptCleanups {

    @Override
    public void cleanUp(
            AttemptId attempt, Set<Holding> holdings, List<CleanupTask> tasks, ActorRef<CleanedUp> replyTo) {
        manager.tell(new CleanupManager.CleanUp(attempt, holdings, tasks, replyTo));
    }

    @Override
    public ClosableCleanups forHandler() {
        return new HandlerCleanups(new ManagerCalls<>("CleanupManager", manager, scheduler, callers));
    }
}
