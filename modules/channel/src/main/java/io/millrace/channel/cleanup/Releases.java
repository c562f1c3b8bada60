package io.millrace.channel.cleanup;

import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.Released;
import java.util.List;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks the managers of a channel to give back what they keep, one kind at a time. Locks and resources are withheld from
 * their holders only: they go back when the whole execution has succeeded, or to their holders again. Asking for the same
 * twice does no harm.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Releases {
    private final StepTools tools;
    private final ActorRef<ThreadManager.AllEnded> threadsEnded;
    private final ActorRef<ProcessManager.AllKilled> processesKilled;
    private final ActorRef<LockManager.Withheld> locksWithheld;
    private final ActorRef<LockManager.Restored> locksRestored;
    private final ActorRef<ResourceManager.Withheld> resourcesWithheld;
    private final ActorRef<ResourceManager.Restored> resourcesRestored;
    private final ActorRef<LogStore.Removed> logsRemoved;

    /**
     * One kind was dealt with.
     *
     * @param problem absent if nothing of it is left
     */
    record Answer(
            ReleaseScope kind, Released released, @Nullable Problem problem) {}

    /**
     * @param context of the actor that asks
     * @param wrap makes its message of an answer
     */
    <C> Releases(ActorContext<C> context, StepTools tools, Function<Answer, C> wrap) {
        this.tools = tools;
        this.threadsEnded = context.messageAdapter(
                ThreadManager.AllEnded.class,
                ended -> wrap.apply(new Answer(
                        ReleaseScope.THREADS,
                        new Released(0, ended.threads(), 0, 0, 0, 0),
                        stillThere("threads", ended.notGone()))));
        this.processesKilled = context.messageAdapter(
                ProcessManager.AllKilled.class,
                killed -> wrap.apply(new Answer(
                        ReleaseScope.PROCESSES,
                        new Released(killed.processes(), 0, 0, 0, 0, 0),
                        stillThere("processes", killed.left()))));
        this.locksWithheld = context.messageAdapter(
                LockManager.Withheld.class,
                withheld -> wrap.apply(
                        new Answer(ReleaseScope.LOCKS, new Released(0, 0, withheld.leases(), 0, 0, 0), null)));
        this.locksRestored = context.messageAdapter(
                LockManager.Restored.class, _ -> wrap.apply(new Answer(ReleaseScope.LOCKS, Released.NOTHING, null)));
        this.resourcesWithheld = context.messageAdapter(
                ResourceManager.Withheld.class,
                withheld -> wrap.apply(new Answer(
                        ReleaseScope.RESOURCES,
                        new Released(0, 0, 0, withheld.resources(), withheld.bytes(), 0),
                        null)));
        this.resourcesRestored = context.messageAdapter(
                ResourceManager.Restored.class,
                _ -> wrap.apply(new Answer(ReleaseScope.RESOURCES, Released.NOTHING, null)));
        this.logsRemoved = context.messageAdapter(
                LogStore.Removed.class,
                removed ->
                        wrap.apply(new Answer(ReleaseScope.LOGS, new Released(0, 0, 0, 0, 0, removed.bytes()), null)));
    }

    /** Threads first, because what runs would take more; output last, because it tells what happened. */
    static List<ReleaseScope> kindsOf(ReleaseScope scope) {
        return scope == ReleaseScope.ALL
                ? List.of(
                        ReleaseScope.THREADS,
                        ReleaseScope.PROCESSES,
                        ReleaseScope.LOCKS,
                        ReleaseScope.RESOURCES,
                        ReleaseScope.LOGS)
                : List.of(scope);
    }

    /** Asks for one kind; nothing is answered before the channel has the manager it takes. */
    void ask(ReleaseScope kind) {
        StepTools.Siblings siblings = tools.siblings();
        switch (kind) {
            case THREADS -> endThreads();
            case PROCESSES -> endProcesses();
            case LOCKS -> siblings.locks().tell(new LockManager.Withhold(locksWithheld));
            case RESOURCES -> siblings.resources().tell(new ResourceManager.Withhold(resourcesWithheld));
            case LOGS -> siblings.logs().tell(new LogStore.RemoveAll(logsRemoved));
            case ALL -> throw new IllegalArgumentException("not a kind but all of them");
        }
    }

    private void endThreads() {
        ActorRef<ThreadManager.Command> threads = tools.threadManager().get();
        if (threads != null) {
            threads.tell(new ThreadManager.EndAll(threadsEnded));
        }
    }

    /** Services are stopped in their order first; what is left then is killed. */
    private void endProcesses() {
        ActorRef<ServiceManager.Command> services = tools.serviceManager().get();
        if (services != null) {
            services.tell(new ServiceManager.StopAll(tools.acting().all(), processesKilled));
        }
    }

    /** Gives what is withheld to its holders again. */
    void restore(ReleaseScope kind) {
        if (kind == ReleaseScope.LOCKS) {
            tools.siblings().locks().tell(new LockManager.Restore(locksRestored));
        } else if (kind == ReleaseScope.RESOURCES) {
            tools.siblings().resources().tell(new ResourceManager.Restore(resourcesRestored));
        } else {
            throw new IllegalArgumentException("not taken back: " + kind);
        }
    }

    private static @Nullable Problem stillThere(String what, List<String> left) {
        return left.isEmpty()
                ? null
                : Problem.of(
                        ErrorCode.INVALID_STATE,
                        "CleanupManager",
                        "Some " + what + " would not end: " + String.join("; ", left) + ".");
    }
}
