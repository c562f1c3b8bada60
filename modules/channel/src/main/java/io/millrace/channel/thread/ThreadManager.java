package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.Restarting;
import io.millrace.channel.handler.context.ClosableProcesses;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.channel.handler.context.Usage;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ManagedThread.EndWaiter;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.lock.HeldLease;
import io.millrace.host.system.CpuAffinity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the execution slots of one channel (contract rows T-01, T-25): who runs in which, who waits for one, and the
 * threads that handlers run on. Attempts of jobs and threads that were created by themselves take the same slots, by
 * class and in turn. Workers are made when they are first needed, used again run after run, and go away when they are
 * idle.
 *
 * <p>When a worker fails, everything its attempt may hold is cleaned up, the attempt is reported as failed, and the slot
 * gets a new worker. When this manager itself fails, its workers go on: the new instance hands each its attempt again,
 * which a worker that has it ignores and one that has ended it answers; and it tells the channel, which hands over what
 * the lost message may have brought. So no attempt is lost, and none runs twice.
 *
 * <p>While threads wait for a slot, the channel is told of one slot more than is free. The attempt it starts for it waits
 * beside the threads, so that neither jobs nor threads starve each other.
 */
public final class ThreadManager extends AbstractMatchingBehavior<ThreadManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadManager.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final String AFFINITY_NOT_APPLIED = "AffinityNotApplied";

    private final ChannelName channel;
    private final ChannelServices services;
    private final ActorRef<ChannelReport> reports;
    private final TimerScheduler<Command> timers;
    private final ThreadAccounts accounts;
    private final ThreadViews views;
    private final ThreadRequests requests;
    private final EndWaiters waiters;
    private final IsolationWatch isolation;
    private final SlotStarts starts;
    private final ThreadEnds ends;
    private final LostWorkers lost;

    /** Messages of the thread manager. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, too. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Register a thread that runs a handler, and start it when a slot is free. Answered with {@link Created}.
     *
     * @param parent attempt that asked for it and with whose end it is ended, absent for a caller from outside
     * @param requestKey a second request with the same key is answered with the thread of the first, absent for none
     * @param bodyHash digest of the request that came with the key
     */
    public record Create(
            ThreadSpec thread,
            @Nullable AttemptId parent,
            @Nullable String requestKey,
            @Nullable String bodyHash,
            ActorRef<ManagerReply> replyTo)
            implements Request {}

    /** Answered with {@link Listed}. */
    public record ListThreads(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    public record Show(Reference thread, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown} once the thread has ended, or as it is when the time is up. */
    public record AwaitEnd(Reference thread, long timeoutMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** End a thread: ask, interrupt, give up. Answered with {@link TerminationEnded}. */
    public record Terminate(Reference thread, long graceMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Measured}. */
    public record Measure(Reference thread, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Validated}, also for a handle that breaks a boundary. */
    public record Validate(Reference thread, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link IsolationVerified}. */
    public record VerifyIsolation(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Totals}. */
    public record ShowTotals(ActorRef<ManagerReply> replyTo) implements Request {}

    /** @param isReplayed true if an earlier request with the same key created it */
    public record Created(ThreadView thread, boolean isReplayed) implements ManagerReply {}

    public record Listed(List<ThreadView> threads) implements ManagerReply {
        public Listed {
            threads = List.copyOf(threads);
        }
    }

    public record Shown(ThreadView thread) implements ManagerReply {}

    public record TerminationEnded(Termination termination) implements ManagerReply {}

    public record Measured(ThreadMetrics metrics) implements ManagerReply {}

    public record Validated(ValidationReport report) implements ManagerReply {}

    public record IsolationVerified(IsolationReport report) implements ManagerReply {}

    /** Numbers of the whole channel by name. */
    public record Totals(Map<String, Double> values) implements ManagerReply {
        public Totals {
            values = Map.copyOf(values);
        }
    }

    /** Run an attempt whose start is stored. One that is known already is not started again. */
    public record Run(Attempt attempt) implements Command {}

    /** Stop an attempt; its end is reported once it was cleaned up. An unknown one is ignored. */
    public record Cancel(JobId job, long epoch) implements Command {}

    /** Follow a changed specification. Running attempts go on, even above a lowered limit. */
    public record Configure(ChannelSpec spec) implements Command {}

    /** End every thread that belongs to no job: the channel is being deleted. */
    public enum EndThreads implements Command {
        INSTANCE
    }

    /** What runs now. */
    public record Snapshot(ActorRef<Threads> replyTo) implements Command {}

    /**
     * Stop every attempt (signal, grace, force) and answer once all have ended. They are reported as interrupted. No
     * further attempt starts.
     */
    public record Stop(ActorRef<Stopped> replyTo) implements Command {}

    /**
     * The channel is being cleaned up: end every attempt and thread that has a slot (signal, grace, force) and answer with
     * {@link AllEnded} once they have ended. Attempts are reported as interrupted, threads that wait for a slot end at once.
     * Until {@link Reopen} nothing starts: attempts that are handed over wait, and no thread is created. Doing so again
     * changes nothing and is answered, too.
     */
    public record EndAll(ActorRef<AllEnded> replyTo) implements Command {}

    /** Start again what waits, and whatever follows. Doing so again changes nothing. */
    public enum Reopen implements Command {
        INSTANCE
    }

    /** An attempt was granted the resources it declared. */
    record WorkerHolds(int slot, AttemptId attempt, int resources) implements Command {}

    /** A handler is on its thread and about to begin. Told of threads, and of attempts that are kept to processors. */
    record WorkerPlaced(int slot, AttemptId attempt, HandlerThreads.Placed placed) implements Command {}

    /**
     * An attempt has ended and holds nothing any more; the slot is free.
     *
     * @param usage what its handler used, nothing for a process
     */
    record WorkerEnded(int slot, AttemptId attempt, AttemptOutcome outcome, Ending ending, Usage usage)
            implements Command {}

    /** How it came to an end. */
    enum Ending {
        /** By itself, or because it was asked to. */
        UNFORCED,
        /** Its thread was interrupted, or its process killed. */
        FORCED,
        /** It never began: the system had no thread for it. */
        NOT_STARTED,
        /** Its process was killed and is still there; nobody can do more about it. */
        NOT_GONE
    }

    /** An attempt has ended, but its handler runs on and keeps the slot. {@link WorkerEnded} follows when it returns. */
    record WorkerQuarantined(
            int slot,
            AttemptId attempt,
            AttemptOutcome outcome,
            @Nullable String threadName) implements Command {}

    record WorkerStopped(int slot, ActorRef<Worker.Command> worker) implements Command {}

    record PermitGranted(HandlerPermits.Permit permit) implements Command {}

    private record WrappedCleanedUp(CleanedUp answer) implements Command {}

    record LostHandlerReturned(AttemptId attempt) implements Command {}

    record WaitOver(AttemptId thread, EndWaiter waiter) implements Command {}

    record LeasesListed(@Nullable List<HeldLease> leases, Consumer<@Nullable List<HeldLease>> then) implements Command {
        LeasesListed {
            leases = leases == null ? null : List.copyOf(leases);
        }
    }

    private enum Tick implements Command {
        INSTANCE
    }

    enum CheckIsolation implements Command {
        INSTANCE
    }

    /**
     * What runs now.
     *
     * @param active attempts and threads that run
     * @param quarantined slots taken by handlers that would not end
     */
    public record Threads(int max, int active, int quarantined, List<Inspection.ThreadView> threads) {
        public Threads {
            threads = List.copyOf(threads);
        }
    }

    /** Every attempt has ended. */
    public record Stopped() {}

    /**
     * Nothing runs any more, except what would not end.
     *
     * @param threads attempts and threads that were asked to end
     * @param notGone what would not end, for people: handlers that keep their slots, and processes
     */
    public record AllEnded(int threads, List<String> notGone) {
        public AllEnded {
            notGone = List.copyOf(notGone);
        }
    }

    /**
     * What a worker needs of its siblings in the channel.
     *
     * @param services makes the services of the channel as one attempt of a handler sees them
     */
    public record Managers(
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<LogStore.Command> logs,
            AttemptCleanups cleanups,
            ActorRef<LockManager.Command> locks,
            Supplier<ClosableProcesses> services) {}

    /**
     * Restarts itself after a defect; slots and workers survive.
     *
     * @param incarnation of the channel, part of every thread's handle
     */
    public static Behavior<Command> create(
            ChannelName channel,
            ChannelSpec spec,
            long incarnation,
            ChannelServices services,
            Managers managers,
            ActorRef<ChannelReport> reports) {
        return create(
                channel,
                spec,
                incarnation,
                services,
                managers,
                reports,
                new HandlerThreads(channel, services.instruments()));
    }

    static Behavior<Command> create(
            ChannelName channel,
            ChannelSpec spec,
            long incarnation,
            ChannelServices services,
            Managers managers,
            ActorRef<ChannelReport> reports,
            HandlerThreads threads) {
        return Behaviors.setup(outer -> {
            var system = outer.getSystem();
            var threadCalls = new ManagerCalls<Command>(
                    "ThreadManager", outer.getSelf(), system.scheduler(), services.blocking());
            var environment = new HandlerRun.Environment(
                    channel,
                    services.codec(),
                    OutputTimer.of(system),
                    reports,
                    attempt -> new ThreadsOfAttempt(threadCalls, attempt),
                    new ManagerCalls<>("LockManager", managers.locks, system.scheduler(), services.blocking()),
                    new ManagerCalls<>("ResourceManager", managers.resources, system.scheduler(), services.blocking()),
                    managers.cleanups::forHandler,
                    managers.services);
            var accounts = new ThreadAccounts(
                    spec, threads, new IsolationCheck(channel), new ThreadIncidents(channel, services.node(), reports));
            var views = new ThreadViews(channel, services, incarnation, threads);
            var ids = JobIds.system();
            return Restarting.after(context -> Behaviors.withTimers(timers -> new ThreadManager(
                    context,
                    timers,
                    channel,
                    services,
                    managers,
                    reports,
                    environment,
                    accounts,
                    views,
                    incarnation,
                    control -> new ThreadRequests(channel, incarnation, services, accounts, views, ids, control))));
        });
    }

    private ThreadManager(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName channel,
            ChannelServices services,
            Managers managers,
            ActorRef<ChannelReport> reports,
            HandlerRun.Environment environment,
            ThreadAccounts accounts,
            ThreadViews views,
            long incarnation,
            Function<ThreadRequests.Control, ThreadRequests> requests) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.services = services;
        this.reports = reports;
        this.accounts = accounts;
        this.views = views;
        this.waiters = new EndWaiters(accounts, views, services.node(), timers);
        this.isolation = new IsolationWatch(
                context, timers, channel, services.node(), incarnation, accounts, managers.locks, reports);
        this.starts =
                new SlotStarts(context, channel, services, managers, reports, environment, accounts, isolation::start);
        this.ends = new ThreadEnds(channel, services, reports, accounts, views, waiters, starts, this::startTicking);
        this.lost = new LostWorkers(
                context,
                channel,
                services,
                managers,
                accounts,
                ends,
                context.messageAdapter(CleanedUp.class, WrappedCleanedUp::new),
                this::startTicking);
        this.requests = requests.apply(new RequestControl());
        if (accounts.wasBuilt) {
            resume();
        } else {
            applyAffinity();
        }
        accounts.wasBuilt = true;
    }

    /** Finds out what the message that made the previous instance fail has left undone. */
    private void resume() {
        for (var slot : accounts.slots.values()) {
            var thread = slot.thread;
            if (thread != null && thread.attempt != null && thread.state != ThreadState.QUARANTINED) {
                slot.worker.tell(new Worker.Start(thread.attempt, thread.placement, accounts.spec, slot.permit));
            }
        }
        for (var thread : accounts.registry.live()) {
            thread.waiters.forEach(waiter -> waiters.startWait(thread.id, waiter));
        }
        reports.tell(new ChannelReport.StartingHeld(accounts.isClosed()));
        reports.tell(new ChannelReport.ThreadManagerRestarted());
        startTicking();
        isolation.start();
        starts.fillSlots();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Create create -> requests.create(create);
            case ListThreads list -> requests.list(list);
            case Show show -> requests.show(show);
            case AwaitEnd await -> requests.awaitEnd(await);
            case Terminate terminate -> requests.terminate(terminate);
            case Measure measure -> requests.measure(measure);
            case Validate validate -> requests.validate(validate);
            case VerifyIsolation verify -> isolation.verify(verify);
            case ShowTotals show -> show.replyTo().tell(new Totals(totals()));
            case Run(var attempt) -> onRun(attempt);
            case Cancel(var job, var epoch) -> ends.cancel(job, epoch);
            case WorkerHolds holds -> onWorkerHolds(holds);
            case WorkerPlaced placed -> onWorkerPlaced(placed);
            case WorkerEnded ended -> ends.workerEnded(ended);
            case WorkerQuarantined quarantined -> ends.workerQuarantined(quarantined);
            case WorkerStopped(var number, var worker) -> lost.workerStopped(number, worker);
            case PermitGranted(var permit) -> starts.permitGranted(permit);
            case WrappedCleanedUp(var answer) -> lost.cleanedUp(answer.attempt());
            case LostHandlerReturned(var attempt) -> lost.handlerReturned(attempt);
            case WaitOver(var thread, var waiter) -> waiters.over(thread, waiter);
            case LeasesListed(var leases, var then) -> then.accept(leases);
            case Configure(var spec) -> onConfigure(spec);
            case EndThreads.INSTANCE -> ends.endThreads();
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
            case Stop(var replyTo) -> ends.stopAll(replyTo);
            case EndAll(var replyTo) -> ends.endAll(replyTo);
            case Reopen.INSTANCE -> ends.reopen();
            case Tick.INSTANCE -> onTick();
            case CheckIsolation.INSTANCE -> isolation.checkPeriodically();
        }
        return this;
    }

    // What workers tell

    /** What is taken over while everything is being ended is ended like the rest. */
    private void onRun(Attempt attempt) {
        starts.run(attempt);
        var thread = accounts.registry.live(attempt.id());
        if (attempt.isAdopted() && thread != null && accounts.stopping != null) {
            ends.stop(thread, StopReason.SHUTDOWN, Limits.STOP_GRACE.toMillis());
        } else if (attempt.isAdopted() && thread != null && accounts.isClosed()) {
            ends.stop(thread, StopReason.CLEANUP, Limits.STOP_GRACE.toMillis());
        }
    }

    private void onWorkerHolds(WorkerHolds holds) {
        var thread = accounts.registry.live(holds.attempt);
        if (thread != null && thread.slot == holds.slot) {
            thread.resourcesHeld = holds.resources;
        }
    }

    private void onWorkerPlaced(WorkerPlaced message) {
        var thread = accounts.registry.live(message.attempt);
        if (thread == null || thread.slot != message.slot) {
            return;
        }
        thread.affinityInForce = message.placed.affinity();
        if (message.placed.obstacle() != null) {
            thread.affinityObstacle = new Condition(AFFINITY_NOT_APPLIED, message.placed.obstacle(), Instant.now());
        }
        if (thread.state == ThreadState.STARTING) {
            thread.state = ThreadState.RUNNING;
        }
        ends.answerCreator(thread);
    }

    // Settings and questions

    private void onConfigure(ChannelSpec spec) {
        accounts.spec = spec;
        applyAffinity();
        starts.fillSlots();
    }

    /** Found out once per change of the specification, so that every attempt starts the same way. */
    private void applyAffinity() {
        List<Integer> wanted = accounts.spec.threads().affinity();
        Optional<String> obstacle = CpuAffinity.obstacle(wanted);
        accounts.affinity = obstacle.isEmpty() ? wanted : List.of();
        if (obstacle.isPresent()) {
            accounts.hasAffinityObstacle = true;
            reports.tell(new ChannelReport.ConditionRaised(new Condition(
                    AFFINITY_NOT_APPLIED,
                    "threads.affinity " + wanted + " is not applied on node " + services.node() + ": " + obstacle.get()
                            + ". The channel's threads and processes run on any processor.",
                    Instant.now())));
        } else if (accounts.hasAffinityObstacle) {
            accounts.hasAffinityObstacle = false;
            reports.tell(new ChannelReport.ConditionCleared(AFFINITY_NOT_APPLIED));
        }
    }

    private void onSnapshot(ActorRef<Threads> replyTo) {
        var shown = new ArrayList<Inspection.ThreadView>();
        for (var slot : accounts.busy.values()) {
            if (slot.thread != null) {
                shown.add(views.inspected(slot.thread));
            }
        }
        replyTo.tell(new Threads(
                accounts.spec.threads().max(),
                accounts.busy.size() - accounts.quarantined,
                accounts.quarantined,
                shown));
    }

    private Map<String, Double> totals() {
        Map<String, Double> totals = accounts.totals.values();
        totals.put("threads.max", (double) accounts.spec.threads().max());
        totals.put("threads.active", (double) (accounts.busy.size() - accounts.quarantined));
        totals.put("threads.waiting", (double) accounts.queue.size());
        totals.put("threads.quarantined", (double) accounts.quarantined);
        totals.put("threads.pooled", (double) accounts.threads.threads());
        return totals;
    }

    // Time

    private void onTick() {
        long now = System.nanoTime();
        boolean isNeeded = stopIdleWorkers(now);
        if (!lost.pressOn(now) && !isNeeded) {
            timers.cancel(Tick.INSTANCE);
        }
    }

    private boolean stopIdleWorkers(long now) {
        while (!accounts.idle.isEmpty()
                && now - accounts.idle.getFirst().idleSinceNanos > Limits.WORKER_IDLE_MAX.toNanos()) {
            var slot = accounts.idle.removeFirst();
            accounts.removeWorker(slot, services.instruments());
            accounts.threads.forget(slot.number);
            getContext().stop(slot.worker);
        }
        return !accounts.idle.isEmpty();
    }

    private void startTicking() {
        if (!timers.isTimerActive(Tick.INSTANCE)) {
            timers.startTimerWithFixedDelay(Tick.INSTANCE, Tick.INSTANCE, TICK);
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            leave();
        }
        return this;
    }

    /** The channel leaves this node. Permits of handlers that still run are given back by their threads. */
    private void leave() {
        accounts.threads.close();
        accounts.busy.forEach((id, slot) -> {
            if (slot.permit != null && accounts.threads.find(id).isEmpty()) {
                slot.permit.giveBack();
            }
        });
        services.instruments().slotsBusy().add(-accounts.busy.size());
        services.instruments().slotsQuarantined().add(-accounts.quarantined);
        services.instruments().workers().add(-accounts.slots.size());
    }

    /** What answering a request takes of the manager. */
    private final class RequestControl implements ThreadRequests.Control {
        @Override
        public void fillSlots() {
            starts.fillSlots();
        }

        @Override
        public Placement placement(ThreadSpec spec) {
            return starts.placement(spec);
        }

        @Override
        public void stop(ManagedThread thread, StopReason reason, long graceMillis) {
            ends.stop(thread, reason, graceMillis);
        }

        @Override
        public void await(ManagedThread thread, EndWaiter waiter) {
            waiters.await(thread, waiter);
        }

        @Override
        public void countLeases(AttemptId owner, Request request, Consumer<Integer> counted) {
            isolation.countLeases(owner, request, counted);
        }
    }
}
