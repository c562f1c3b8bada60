package io.millrace.channel;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.cluster.NodeInspector;
import io.millrace.channel.event.EventBus;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.projection.Projection;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.Attempt;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.LiveChannel;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * The managers of a channel. Each restarts by itself after a defect without its siblings or the channel noticing; all
 * of them end with the channel. They are told of things only once these are stored.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelChildren {
    private final ManagerStarter.Managers managers;
    private final ActorRef<EventBus.Command> events;
    private final ActorRef<Projection.Command> projection;
    private final ActorRef<LogStore.Removed> ignored;
    /** Until then somebody may wait for lines. */
    private long logReadersUntilMillis;

    /**
     * @param lastSequence sequence number of the newest stored entry they need not be told of
     */
    ChannelChildren(
            ActorContext<?> context,
            ChannelName channel,
            LiveChannel live,
            long lastSequence,
            ChannelHost host,
            ActorRef<ChannelReport> reports,
            ActorRef<Projection.Projected> projected) {
        ChannelServices services = host.services();
        managers = host.managers().start(context, channel, live, host, reports);
        events = context.spawn(
                MessageTimes.measured(
                        EventBus.create(channel, lastSequence, services, host.journal(), host.clock()),
                        services.instruments()),
                "events");
        projection = context.spawn(
                MessageTimes.measured(
                        Projection.create(
                                channel, lastSequence, services, host.journal(), host.readModelWriter(), projected),
                        services.instruments()),
                "projection");
        ignored = context.getSystem().ignoreRef();
        host.inspector()
                .tell(new NodeInspector.Register(
                        channel,
                        managers.threads(),
                        managers.resources(),
                        managers.processes(),
                        managers.cleanups(),
                        managers.locks()));
    }

    void committed(List<StoredEntry> entries) {
        events.tell(new EventBus.Committed(entries));
        projection.tell(new Projection.Committed(entries));
    }

    void run(Attempt attempt) {
        managers.threads().tell(new ThreadManager.Run(attempt));
    }

    void cancel(JobId job, long epoch) {
        managers.threads().tell(new ThreadManager.Cancel(job, epoch));
    }

    /** Tells those who wait for lines of a job that none will follow. */
    void jobEnded(JobId job, long nowMillis) {
        if (nowMillis <= logReadersUntilMillis) {
            managers.logs().tell(new LogStore.JobEnded(job));
        }
    }

    void configure(ChannelSpec spec) {
        managers.threads().tell(new ThreadManager.Configure(spec));
        managers.resources().tell(new ResourceManager.Configure(spec));
        managers.logs().tell(new LogStore.Configure(spec));
        managers.cleanups().tell(new CleanupManager.Configure(spec));
        managers.services().tell(new ServiceManager.Configure(spec));
    }

    /** Ends the threads that belong to no job. */
    void endThreads() {
        managers.threads().tell(ThreadManager.EndThreads.INSTANCE);
    }

    /** What the channel kept goes with it: its output, its leases, its resources and the threads that belong to no job. */
    void channelDeleted() {
        managers.threads().tell(ThreadManager.EndThreads.INSTANCE);
        managers.logs().tell(new LogStore.RemoveAll(ignored));
        managers.locks().tell(LockManager.ForgetAll.INSTANCE);
        managers.resources().tell(ResourceManager.ReleaseEverything.INSTANCE);
        managers.cleanups().tell(CleanupManager.ForgetAll.INSTANCE);
        managers.services().tell(ServiceManager.ForgetAll.INSTANCE);
    }

    /** The channel is going away, and nothing runs in it any more. */
    void cleanUpForDeletion() {
        stopServices();
        managers.cleanups().tell(CleanupManager.CleanUpForDeletion.INSTANCE);
    }

    void cleanUp(CleanupManager.CleanUpInterrupted behind) {
        managers.cleanups().tell(behind);
    }

    /** Stops every attempt; their ends are reported first. */
    void stopAttempts(ActorRef<ThreadManager.Stopped> replyTo) {
        managers.threads().tell(new ThreadManager.Stop(replyTo));
    }

    /** Ends all runs of services here, so that the channel's next owner starts them again. */
    void leaveServices(ActorRef<ServiceManager.Left> replyTo) {
        managers.services().tell(new ServiceManager.Leave(replyTo));
    }

    /** Leaves all runs of services to the next life of this node. */
    void keepServices(ActorRef<ProcessManager.Left> replyTo) {
        managers.processes().tell(new ProcessManager.Leave(replyTo));
    }

    /** Lets no further step of a registered cleanup task start, and those that act end. */
    void leaveCleanups(ActorRef<CleanupManager.Left> replyTo) {
        managers.cleanups().tell(new CleanupManager.Leave(replyTo));
    }

    /** Stops all services. */
    void stopServices() {
        managers.services().tell(ServiceManager.StopServices.INSTANCE);
    }

    void read(LogStore.Read read, long nowMillis) {
        if (read.waitMillis() > 0) {
            logReadersUntilMillis = nowMillis + Limits.FOLLOW_WAIT_MAX.toMillis();
        }
        managers.logs().tell(read);
    }

    void ask(LogStore.Request request) {
        managers.logs().tell(request);
    }

    void ask(ThreadManager.Request request) {
        managers.threads().tell(request);
    }

    void ask(LockManager.Request request) {
        managers.locks().tell(request);
    }

    void ask(ResourceManager.Request request) {
        managers.resources().tell(request);
    }

    void ask(CleanupManager.Request request) {
        managers.cleanups().tell(request);
    }

    void ask(ServiceManager.Request request) {
        managers.services().tell(request);
    }

    void read(EventBus.Read read) {
        events.tell(read);
    }
}
