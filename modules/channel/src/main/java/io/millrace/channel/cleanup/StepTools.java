package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.JobIds;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.ControlSequences;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.service.ServicesOfAttempts;
import io.millrace.channel.thread.CleanupThreads;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.domain.Moment;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * What the steps of a channel act with.
 *
 * @param threadManager absent in the first moments of a channel, before it has one
 * @param serviceManager absent likewise
 * @param threads on which handlers of steps run
 * @param environment of these handlers
 * @param ids identifiers under which processes and output of steps are known
 * @param acting identifiers of steps that act now, whose processes no release ends
 * @param clock monotonic and wall-clock time
 * @param cleanups the cleanup manager
 */
public record StepTools(
        ChannelName channel,
        ChannelServices services,
        Siblings siblings,
        Supplier<@Nullable ActorRef<ThreadManager.Command>> threadManager,
        Supplier<@Nullable ActorRef<ServiceManager.Command>> serviceManager,
        CleanupThreads threads,
        HandlerRun.Environment environment,
        JobIds ids,
        ActingIds acting,
        Supplier<Moment> clock,
        ActorRef<CleanupManager.Command> cleanups) {

    /** Managers of the same channel. */
    public record Siblings(
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<LogStore.Command> logs,
            ActorRef<LockManager.Command> locks) {}

    /** Tools of the steps of one cleanup manager, in all its instances. */
    static StepTools of(
            ActorContext<CleanupManager.Command> context, CleanupManager.Seed seed, CleanupAccounts accounts) {
        var services = seed.services();
        var threads =
                new CleanupThreads(seed.channel(), services.handlerPermits().forCleanups(), services.instruments());
        return new StepTools(
                seed.channel(),
                services,
                seed.siblings(),
                () -> accounts.threads,
                () -> accounts.services,
                threads,
                environment(context, seed),
                seed.ids(),
                accounts.actingIds,
                seed.clock(),
                context.getSelf());
    }

    /**
     * What handlers of steps see of their channel. They take nothing more while something is given back: threads, locks,
     * resources, cleanup tasks and processes are refused.
     */
    private static HandlerRun.Environment environment(ActorContext<?> context, CleanupManager.Seed seed) {
        var services = seed.services();
        var scheduler = context.getSystem().scheduler();
        var blocking = services.blocking();
        return new HandlerRun.Environment(
                seed.channel(),
                services.codec(),
                OutputTimer.of(context.getSystem()),
                seed.reports(),
                _ -> new NoThreads(),
                new ManagerCalls<>("LockManager", context.spawn(Refusing.locks(), "no-locks"), scheduler, blocking),
                new ManagerCalls<>(
                        "ResourceManager", context.spawn(Refusing.resources(), "no-resources"), scheduler, blocking),
                new CleanupsOfAttempts(context.spawn(Refusing.cleanups(), "no-cleanups"), scheduler, blocking)
                        ::forHandler,
                new ServicesOfAttempts(context.spawn(Refusing.services(), "no-services"), scheduler, blocking));
    }

    /** Takes output as that of an attempt. */
    OutputPump pump(AttemptId attempt, ControlSequences sequences) {
        return new OutputPump(attempt, siblings.logs, environment.timer(), services.instruments(), sequences);
    }
}
