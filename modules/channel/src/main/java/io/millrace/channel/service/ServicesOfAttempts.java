package io.millrace.channel.service;

import io.millrace.channel.handler.context.ClosableProcesses;
import io.millrace.channel.handler.context.ManagerCalls;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;

/**
 * The way of a channel's handlers to its service manager.
 *
 * @param callers runs what a handler does with an answer
 */
public record ServicesOfAttempts(ActorRef<ServiceManager.Command> manager, Scheduler scheduler, Executor callers)
        implements Supplier<ClosableProcesses> {

    /** The services of the channel, for one attempt. */
    @Override
    public ClosableProcesses get() {
        return new HandlerProcesses(new ManagerCalls<>("ServiceManager", manager, scheduler, callers));
    }
}
