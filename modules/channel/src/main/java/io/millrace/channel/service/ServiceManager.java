package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerProblems;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.Restarting;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.thread.AttemptCleanups;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.process.LineListener;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import io.millrace.domain.Moment;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Owns the services and commands of one channel (contract rows B-29 to B-48). What becomes of them is decided by {@link
 * io.millrace.domain.process.ProcessRules}; what was decided is stored by the channel; and only then anything is done or
 * anybody told.
 *
 * <p>A restart of this actor keeps everything. A new life of the channel begins with what is stored: runs that go on in the
 * process host of this node are taken over, and those of other nodes are over when their lease is.
 */
public final class ServiceManager extends AbstractMatchingBehavior<ServiceManager.Command> {
    private static final String COMPONENT = "ServiceManager";
    private static final Duration WAKE_MIN = Duration.ofMillis(1);
    private static final Duration WAKE_MAX = Duration.ofMinutes(1);

    private final Seed seed;
    private final TimerScheduler<Command> timers;
    private long wakeAtNanos;
    private final ServiceAccounts accounts;
    private final ServiceStore store;
    private final ServiceRequests requests;
    private final ServiceWaiters waiters;
    private final Hooks hooks;
    private final ReadinessChecks readiness;
    private final ServiceRuns runs;
    private final ServiceEnding ending;

    /** Messages of the service manager. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, too. A process is named by its id or by its name. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Register a process and start it. Answered with {@link Registered}.
     *
     * @param spec with an empty command if it names a script
     * @param requestKey a second request with the same key is answered with the process of the first, absent for none
     * @param bodyHash digest of the request that came with the key
     */
    public record Start(
            ProcessSpec spec,
            @Nullable String requestKey,
            @Nullable String bodyHash,
            ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    public record Show(String process, ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * A part of the list of all processes, oldest first. Answered with {@link Listed}.
     *
     * @param offset processes before the part
     */
    public record ListProcesses(int offset, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown} once it has ended, or as it is when the time is up. */
    public record Stop(String process, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown} once it runs again or has failed to, or as it is when the time is up. */
    public record Restart(String process, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** @param signal without {@code SIG}. Answered with {@link Shown} */
    public record Signal(String process, String signal, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Removed}. */
    public record Remove(String process, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Scripts}. */
    public record FindScripts(String directory, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Totals}. */
    public record ShowTotals(ActorRef<ManagerReply> replyTo) implements Request {}

    /** @param isReplayed true if an earlier request with the same key registered it */
    public record Registered(ProcessView process, boolean isReplayed) implements ManagerReply {}

    public record Shown(ProcessView process) implements ManagerReply {}

    /** @param isLast true if none follow */
    public record Listed(List<ProcessView> processes, boolean isLast) implements ManagerReply {
        public Listed {
            processes = List.copyOf(processes);
        }
    }

    /** @param isGone false if it has not ended yet: it is removed when it has */
    public record Removed(boolean isGone) implements ManagerReply {}

    public record Scripts(ScriptListing listing) implements ManagerReply {}

    /** Numbers of the whole channel by name. */
    public record Totals(Map<String, Double> values) implements ManagerReply {
        public Totals {
            values = Map.copyOf(values);
        }
    }

    /** What only handlers of its channel ask of it. */
    sealed interface OfHandler extends Command {
        ActorRef<ManagerReply> replyTo();
    }

    /** Answered with {@link Shown} once it runs or has ended, or as it is when the time is up. */
    record AwaitUp(JobId process, long waitMillis, ActorRef<ManagerReply> replyTo) implements OfHandler {}

    /** Let a listener hear the output of processes that are started from now on. Answered with {@link ListenerAdded}. */
    record AddListener(LineListener listener, ListenerOwner owner, ActorRef<ManagerReply> replyTo)
            implements OfHandler {}

    /** Answered with {@link ListenerRemoved} once the listener hears nothing more. */
    record RemoveListener(long listener, ListenerOwner owner, ActorRef<ManagerReply> replyTo) implements OfHandler {}

    /** Stop all processes, then remove them. Answered with {@link AllRemoved}. */
    record RemoveAll(ActorRef<ManagerReply> replyTo) implements OfHandler {}

    record ListenerAdded(long listener) implements ManagerReply {}

    /** @param wasThere false if there was no such listener */
    record ListenerRemoved(boolean wasThere) implements ManagerReply {}

    /** @param processes that were removed */
    record AllRemoved(int processes) implements ManagerReply {}

    /** The attempt is over. */
    record RemoveListenersOf(ListenerOwner owner) implements Command {}

    /**
     * Stop all services, who depends on another before that one, and end every other process of the channel when they have
     * ended. Asking again changes nothing; nothing is started meanwhile.
     *
     * @param keep attempts whose processes go on
     * @param replyTo hears once how many have ended, services included, and what is left
     */
    public record StopAll(Set<AttemptId> keep, ActorRef<ProcessManager.AllKilled> replyTo) implements Command {
        public StopAll {
            keep = Set.copyOf(keep);
        }
    }

    /** The channel runs nothing any more: stop all services. Doing so again changes nothing. */
    public enum StopServices implements Command {
        INSTANCE
    }

    /**
     * The channel goes elsewhere: end all runs here, so that its next owner starts them again. Answered with {@link Left}
     * when none is left.
     */
    public record Leave(ActorRef<Left> replyTo) implements Command {}

    /** No run of a service is left on this node. */
    public record Left() {}

    /**
     * A batch of changes is stored.
     *
     * @param number as it came with {@link ChannelReport.ProcessesChanged}
     * @param started runs of the batch that start, with the epochs they were given
     */
    public record Stored(long number, List<ProcessChange.RunStarted> started) implements Command {
        public Stored {
            started = List.copyOf(started);
        }
    }

    /**
     * The channel is gone, and every process with it. Answered with {@link ChannelReport.ProcessesForgotten}.
     */
    public enum ForgetAll implements Command {
        INSTANCE
    }

    /** Follow a changed specification. */
    public record Configure(ChannelSpec spec) implements Command {}

    private record RunAnswered(ProcessManager.Answer answer) implements Command {}

    private record WrappedCleanedUp(CleanedUp answer) implements Command {}

    private record OthersKilled(ProcessManager.AllKilled answer) implements Command {}

    /** @param why it is not ready, absent if it is */
    record Probed(AttemptId run, @Nullable String why) implements Command {}

    /** A run has written the line that says it is ready. */
    record ReadyLineFound(AttemptId run) implements Command {}

    /**
     * A script was looked for.
     *
     * @param command that starts it, absent if there is a problem
     */
    record ScriptResolved(
            Start start,
            @Nullable ScriptView script,
            @Nullable Problem problem) implements Command {}

    private enum Wake implements Command {
        INSTANCE
    }

    /** Managers of the same channel. */
    public record Siblings(
            ActorRef<ProcessManager.Command> processes, ActorRef<LogStore.Command> logs, AttemptCleanups cleanups) {}

    /**
     * What a service manager begins with.
     *
     * @param incarnation of the channel, which has one service manager in each
     * @param book what is stored
     * @param othersLive how long runs of other nodes may live on after this node took the channel over
     * @param ids identifiers of processes
     * @param clock monotonic and wall-clock time
     * @param reports where changes are sent to be stored
     */
    public record Seed(
            ChannelName channel,
            ChannelSpec spec,
            long incarnation,
            ProcessSnapshot book,
            Duration othersLive,
            ChannelServices services,
            Siblings siblings,
            JobIds ids,
            Supplier<Moment> clock,
            ActorRef<ChannelReport> reports) {}

    /** Restarts itself after a defect; processes, their runs, waiting requests and listeners survive. */
    public static Behavior<Command> create(Seed seed) {
        return Behaviors.setup(_ -> {
            var accounts = new ServiceAccounts(seed);
            return Restarting.after(
                    context -> Behaviors.withTimers(timers -> new ServiceManager(context, timers, seed, accounts)));
        });
    }

    /** Answers a request, if it is one, that nothing was done. */
    public static void refuse(Command command, Problem problem) {
        if (command instanceof Request request) {
            request.refuse(problem);
        } else if (command instanceof OfHandler request) {
            request.replyTo().tell(new ManagerReply.Refused(problem));
        }
    }

    private ServiceManager(
            ActorContext<Command> context, TimerScheduler<Command> timers, Seed seed, ServiceAccounts accounts) {
        super(context);
        this.seed = seed;
        this.timers = timers;
        this.accounts = accounts;
        this.store = new ServiceStore(context.getSelf(), seed, accounts);
        this.waiters = new ServiceWaiters(seed, accounts, store);
        var answers = context.messageAdapter(ProcessManager.Answer.class, RunAnswered::new);
        var cleanedUp = context.messageAdapter(CleanedUp.class, WrappedCleanedUp::new);
        this.hooks = new Hooks(seed, accounts, OutputTimer.of(context.getSystem()), answers, cleanedUp);
        this.readiness = new ReadinessChecks(context, seed, accounts, store, hooks);
        this.runs = new ServiceRuns(
                seed, accounts, store, readiness, hooks, new RunOutputs(context, seed, accounts), answers, cleanedUp);
        this.ending = new ServiceEnding(
                seed, accounts, store, runs, context.messageAdapter(ProcessManager.AllKilled.class, OthersKilled::new));
        this.requests = new ServiceRequests(context, seed, accounts, store, waiters);
        begin();
    }

    private void begin() {
        if (accounts.wasBuilt) {
            store.askAgain();
            hooks.askAgain();
            runs.askAgain();
        } else {
            accounts.wasBuilt = true;
            runs.adopt();
        }
        goOn();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Request request -> onRequest(request);
            case OfHandler request -> onRequest(request);
            case RemoveListenersOf(var owner) -> accounts.listeners.removeAllOf(owner);
            case StopAll stopAll -> ending.stopAll(stopAll);
            case StopServices.INSTANCE -> ending.stopServices();
            case Leave(var replyTo) -> ending.leave(replyTo);
            case Stored(var number, var started) -> store.stored(number, started, this::follow);
            case ForgetAll.INSTANCE -> onForgetAll();
            case Configure(var spec) -> accounts.spec = spec;
            case RunAnswered(var answer) -> onAnswer(answer);
            case WrappedCleanedUp(var answer) -> onCleanedUp(answer);
            case OthersKilled(var answer) -> ending.othersKilled(answer);
            case Probed(var run, var why) -> readiness.probed(run, why);
            case ReadyLineFound(var run) -> readiness.lineFound(run);
            case ScriptResolved resolved -> requests.scriptResolved(resolved);
            case Wake.INSTANCE -> onWake();
        }
        goOn();
        return this;
    }

    private void onRequest(Request request) {
        switch (request) {
            case Start start -> requests.start(start);
            case Show show -> requests.show(show);
            case ListProcesses list -> requests.list(list);
            case Stop stop -> requests.stop(stop);
            case Restart restart -> requests.restart(restart);
            case Signal signal -> requests.signal(signal);
            case Remove remove -> requests.remove(remove);
            case FindScripts find -> requests.findScripts(find);
            case ShowTotals(var replyTo) -> replyTo.tell(new Totals(accounts.totals()));
        }
    }

    private void onRequest(OfHandler request) {
        switch (request) {
            case AwaitUp await -> requests.awaitUp(await);
            case AddListener add -> requests.addListener(add);
            case RemoveListener remove -> requests.removeListener(remove);
            case RemoveAll(var replyTo) -> ending.removeAll(replyTo);
        }
    }

    private void onAnswer(ProcessManager.Answer answer) {
        if (!hooks.isHook(answer.attempt())) {
            runs.answered(answer);
            return;
        }
        Hook.Result result = hooks.answered(answer);
        if (result != null) {
            switch (result.purpose()) {
                case CHECK -> readiness.checked(result.run(), result.failure(), result.output());
                case STOP -> runs.stopCommandEnded(result);
            }
        }
    }

    private void onCleanedUp(CleanedUp answer) {
        hooks.cleanedUp(answer);
        runs.cleanedUp(answer);
    }

    /** Something is stored, and this follows from it. */
    private void follow(ProcessChange change) {
        switch (change) {
            case ProcessChange.RunStarted started -> runs.begin(started);
            case ProcessChange.StopRequested stop -> runs.stop(stop);
            case ProcessChange.SignalSent(var process, var run, var signal) -> runs.signal(process.id(), run, signal);
            case ProcessChange.RunEnded ended -> runs.ended(ended);
            case ProcessChange.Registered _,
                    ProcessChange.StartRequested _,
                    ProcessChange.Cancelled _,
                    ProcessChange.Removed _,
                    ProcessChange.RunUp _,
                    ProcessChange.LineWritten _,
                    ProcessChange.BecameReady _ -> {
                // Nothing is done for it.
            }
        }
    }

    /** Decides what follows by itself from everything that is known by now. */
    private void goOn() {
        if (!accounts.isLeaving) {
            List<ProcessChange> next = ending.next();
            while (!next.isEmpty()) {
                store.apply(next);
                next = ending.next();
            }
        }
        waiters.look();
        ending.look();
        accounts.incidents.look(accounts.book);
        accounts.showGauges();
        wakeLater();
    }

    /** What it reported before was about the channel that is gone. */
    private void onForgetAll() {
        refuseAll(ManagerProblems.deleted(COMPONENT, seed.channel, "processes"));
        runs.killAll();
        accounts.forgetAll();
        seed.reports.tell(new ChannelReport.ProcessesForgotten());
    }

    private void refuseAll(Problem problem) {
        store.abandon(problem);
        waiters.refuseAll(problem);
        ending.refuseAll(problem);
    }

    // Time

    private void onWake() {
        runs.wake();
        hooks.wake();
        readiness.wake();
        waiters.wake();
        ending.wake();
    }

    /** A timer that is early enough is left alone: begun anew with each message it would never fire among many. */
    private void wakeLater() {
        long now = seed.clock.get().nanos();
        long nanos = accounts.nanosUntilWake(now);
        if (nanos == Long.MAX_VALUE) {
            timers.cancel(Wake.INSTANCE);
            return;
        }
        long delay = Math.clamp(nanos, WAKE_MIN.toNanos(), WAKE_MAX.toNanos());
        if (!timers.isTimerActive(Wake.INSTANCE) || now + delay - wakeAtNanos < 0) {
            wakeAtNanos = now + delay;
            timers.startSingleTimer(Wake.INSTANCE, Duration.ofNanos(delay));
        }
    }

    @Override
    public Behavior<Command> onSignal(org.apache.pekko.actor.typed.Signal signal) {
        if (signal instanceof PreRestart) {
            seed.services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            end();
        }
        return this;
    }

    /** The channel starts again or leaves this node; its processes go on where it begins its next life. */
    private void end() {
        refuseAll(ManagerProblems.moved(
                COMPONENT, seed.channel, "What was stored of it goes on. Look at the process in a moment."));
        accounts.listeners.clear();
        accounts.gauges.clear();
    }
}
