package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.cleanup.CleanupsOfAttempts;
import io.millrace.channel.cleanup.StepTools;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.service.ServicesOfAttempts;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.LiveChannel;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/** Starts the managers that do a channel's work, as its children. */
@FunctionalInterface
interface ManagerStarter {

    /**
     * @param context of the channel
     * @param reports where the managers tell the channel things unasked
     */
    Managers start(
            ActorContext<?> context,
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            ActorRef<ChannelReport> reports);

    /** The managers of one channel. */
    record Managers(
            ActorRef<ThreadManager.Command> threads,
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<CleanupManager.Command> cleanups,
            ActorRef<LogStore.Command> logs,
            ActorRef<LockManager.Command> locks,
            ActorRef<ServiceManager.Command> services) {}

    /** The real ones. */
    static Managers startAll(
            ActorContext<?> context,
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            ActorRef<ChannelReport> reports) {
        ChannelServices services = host.services();
        ChannelSpec spec = live.spec();
        ActorRef<ProcessManager.Command> processes =
                spawn(context, services, ProcessManager.create(channel, services, reports), "processes");
        ActorRef<ResourceManager.Command> resources = spawn(
                context,
                services,
                ResourceManager.create(resourceSeed(channel, live, host, processes, reports)),
                "resources");
        ActorRef<LogStore.Command> logs = spawn(
                context,
                services,
                LogStore.create(channel, spec, live.incarnation(), services, host.logWriter()),
                "logs");
        ActorRef<LockManager.Command> locks =
                spawn(context, services, LockManager.create(lockSeed(channel, live, host, reports)), "locks");
        ActorRef<CleanupManager.Command> cleanups = spawn(
                context,
                services,
                CleanupManager.create(cleanupSeed(
                        channel, live, host, new StepTools.Siblings(resources, processes, logs, locks), reports)),
                "cleanups");
        var ofAttempts = new CleanupsOfAttempts(cleanups, context.getSystem().scheduler(), services.blocking());
        ActorRef<ServiceManager.Command> serviceManager = spawn(
                context,
                services,
                ServiceManager.create(serviceSeed(
                        channel, live, host, new ServiceManager.Siblings(processes, logs, ofAttempts), reports)),
                "services");
        ThreadManager.Managers siblings = new ThreadManager.Managers(
                resources,
                processes,
                logs,
                ofAttempts,
                locks,
                new ServicesOfAttempts(serviceManager, context.getSystem().scheduler(), services.blocking()));
        ActorRef<ThreadManager.Command> threads = spawn(
                context,
                services,
                ThreadManager.create(channel, spec, live.incarnation(), services, siblings, reports),
                "threads");
        cleanups.tell(new CleanupManager.Meet(threads, serviceManager));
        return new Managers(threads, resources, processes, cleanups, logs, locks, serviceManager);
    }

    private static ResourceManager.Seed resourceSeed(
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<ChannelReport> reports) {
        ChannelServices services = host.services();
        return new ResourceManager.Seed(
                channel,
                live.spec(),
                live.incarnation(),
                services.node(),
                services.seals(),
                host.resourceIds(),
                () -> new Moment(System.nanoTime(), host.clock().millis()),
                services.instruments(),
                services.blocking(),
                services.nodeLimits(),
                host.nodeResources(),
                processes,
                reports);
    }

    private static CleanupManager.Seed cleanupSeed(
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            StepTools.Siblings siblings,
            ActorRef<ChannelReport> reports) {
        return new CleanupManager.Seed(
                channel,
                live.spec(),
                live.incarnation(),
                live.cleanups().snapshot(),
                host.services(),
                siblings,
                host.cleanupCoordinator(),
                JobIds.system(),
                () -> new Moment(System.nanoTime(), host.clock().millis()),
                reports);
    }

    private static ServiceManager.Seed serviceSeed(
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            ServiceManager.Siblings siblings,
            ActorRef<ChannelReport> reports) {
        return new ServiceManager.Seed(
                channel,
                live.spec(),
                live.incarnation(),
                live.processes().snapshot(),
                host.services().processLease().takeOverDelayOfSurvivors(),
                host.services(),
                siblings,
                JobIds.system(),
                () -> new Moment(System.nanoTime(), host.clock().millis()),
                reports);
    }

    /** Measured like the channel itself. */
    private static <T> ActorRef<T> spawn(
            ActorContext<?> context, ChannelServices services, Behavior<T> manager, String name) {
        return context.spawn(MessageTimes.measured(manager, services.instruments()), name);
    }

    private static LockManager.Seed lockSeed(
            ChannelName channel, LiveChannel live, ChannelHost host, ActorRef<ChannelReport> reports) {
        ChannelServices services = host.services();
        return new LockManager.Seed(
                channel,
                live.incarnation(),
                services.node(),
                live.lastToken(),
                live.leases(),
                services.seals(),
                () -> new Moment(System.nanoTime(), host.clock().millis()),
                services.instruments(),
                reports);
    }
}
