package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.projection.Projection;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.ThreadManager;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Where a channel's managers send what they tell it.
 *
 * @param reports what they tell unasked
 * @param projected how far the read model has come
 * @param cleanedUp attempts that were cleaned up behind
 * @param attemptsStopped the answer to {@link ThreadManager.Stop}
 * @param servicesLeft the answer to {@link ServiceManager.Leave}
 * @param servicesKept the answer to {@link ProcessManager.Leave}
 * @param cleanupsLeft the answer to {@link CleanupManager.Leave}
 */
record ReturnAddresses(
        ActorRef<ChannelReport> reports,
        ActorRef<Projection.Projected> projected,
        ActorRef<CleanedUp> cleanedUp,
        ActorRef<ThreadManager.Stopped> attemptsStopped,
        ActorRef<ServiceManager.Left> servicesLeft,
        ActorRef<ProcessManager.Left> servicesKept,
        ActorRef<CleanupManager.Left> cleanupsLeft) {

    /** Addresses of the channel with this context, which wrap what comes for it. They are the same in all its lives. */
    static ReturnAddresses of(ActorContext<Channel.Command> context) {
        return new ReturnAddresses(
                context.messageAdapter(ChannelReport.class, Channel.WrappedReport::new),
                context.messageAdapter(Projection.Projected.class, Channel.WrappedProjected::new),
                context.messageAdapter(CleanedUp.class, Channel.WrappedCleanedUp::new),
                context.messageAdapter(ThreadManager.Stopped.class, _ -> Channel.AttemptsStopped.INSTANCE),
                context.messageAdapter(ServiceManager.Left.class, _ -> Channel.ServicesLeft.INSTANCE),
                context.messageAdapter(ProcessManager.Left.class, _ -> Channel.ServicesLeft.INSTANCE),
                context.messageAdapter(CleanupManager.Left.class, _ -> Channel.CleanupsLeft.INSTANCE));
    }
}
