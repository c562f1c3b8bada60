package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.MessageTimes;
import io.millrace.channel.Restarting;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.channel.handler.context.Usage;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.CpuAffinity;
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
import io.millrace.contracts.job.JobKind;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.lock.HeldLease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
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
    private static final String HANDLERS_QUARANTINED = "HandlersQuarantined";

    private final ChannelName channel;
    private final ChannelServices services;
    private final Managers managers;
    private final ActorRef<ChannelReport> reports;
    private final HandlerRun.Environment environment;
    private final ActorRef<CleanupManager.CleanedUp> cleanedUp;
    private final TimerScheduler<Command> timers;
    private final ThreadAccounts accounts;
    private final ThreadViews views;
    private final ThreadRequests requests;
    private final EndWaiters waiters;
    private final IsolationWatch isolation;

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

    private record WorkerStopped(int slot, ActorRef<Worker.Command> worker) implements Command {}

    private record PermitGranted(HandlerPermits.Permit permit) implements Command {}

    private record WrappedCleanedUp(CleanupManager.CleanedUp answer) implements Command {}

    private record LostHandlerReturned(AttemptId attempt) implements Command {}

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

    /** What a worker needs of its siblings in the channel. */
    public record Managers(
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<LogStore.Command> logs,
            ActorRef<CleanupManager.Command> cleanups,
            ActorRef<LockManager.Command> locks) {}

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
            var self = outer.getSelf();
            var system = outer.getSystem();
            var environment = new HandlerRun.Environment(
                    channel,
                    services.codec(),
                    OutputTimer.of(system),
                    reports,
                    (attempt, isOver) -> new ThreadsOfAttempt(system, self, attempt, isOver),
                    new ManagerCalls<>("LockManager", managers.locks, system.scheduler(), services.blocking()),
                    new ManagerCalls<>("ResourceManager", managers.resources, system.scheduler(), services.blocking()));
            var accounts = new ThreadAccounts(spec, threads, new IsolationCheck(channel));
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
        this.managers = managers;
        this.reports = reports;
        this.environment = environment;
        this.accounts = accounts;
        this.views = views;
        this.waiters = new EndWaiters(accounts, views, services.node(), timers);
        this.isolation = new IsolationWatch(
                context, timers, channel, services.node(), incarnation, accounts, managers.locks, reports);
        this.requests = requests.apply(new RequestControl());
        this.cleanedUp = context.messageAdapter(CleanupManager.CleanedUp.class, WrappedCleanedUp::new);
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
        reports.tell(new ChannelReport.ThreadManagerRestarted());
        startTicking();
        isolation.start();
        fillSlots();
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
            case Cancel(var job, var epoch) -> onCancel(job, epoch);
            case WorkerHolds holds -> onWorkerHolds(holds);
            case WorkerPlaced placed -> onWorkerPlaced(placed);
            case WorkerEnded ended -> onWorkerEnded(ended);
            case WorkerQuarantined quarantined -> onWorkerQuarantined(quarantined);
            case WorkerStopped(var number, var worker) -> onWorkerStopped(number, worker);
            case PermitGranted(var permit) -> onPermitGranted(permit);
            case WrappedCleanedUp(var answer) -> onCleanedUp(answer.attempt());
            case LostHandlerReturned(var attempt) -> onLostHandlerReturned(attempt);
            case WaitOver(var thread, var waiter) -> waiters.over(thread, waiter);
            case LeasesListed(var leases, var then) -> then.accept(leases);
            case Configure(var spec) -> onConfigure(spec);
            case EndThreads.INSTANCE -> onEndThreads();
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
            case Stop(var replyTo) -> onStop(replyTo);
            case Tick.INSTANCE -> onTick();
            case CheckIsolation.INSTANCE -> isolation.checkPeriodically();
        }
        return this;
    }

    // Slots

    private void onRun(Attempt attempt) {
        var id = attempt.id();
        if (accounts.stopping != null) {
            report(id, Outcomes.interrupted(null));
        } else if (accounts.registry.live(id) == null) {
            var thread = new ManagedThread(attempt, placement(attempt), null);
            accounts.registry.add(thread);
            accounts.totals.created();
            accounts.queue.add(attempt.priority(), thread);
            accounts.untold.add(thread);
            fillSlots();
        }
    }

    private Placement placement(Attempt attempt) {
        boolean hasThread = attempt.kind() == JobKind.HANDLER;
        return new Placement(
                attempt.priority(), hasThread ? services.stackSizes().of(attempt.priority()) : 0, accounts.affinity);
    }

    private Placement placement(ThreadSpec spec) {
        Long stackBytes = spec.stackBytes();
        return new Placement(
                spec.priority(),
                stackBytes == null ? services.stackSizes().of(spec.priority()) : StackSizes.rounded(stackBytes),
                spec.affinity().isEmpty() ? accounts.affinity : spec.affinity());
    }

    /** Gives free slots to those who wait, in turn; a handler without a permit lets others pass. */
    private void fillSlots() {
        boolean isPermitMissing = false;
        while (accounts.hasFreeSlot() && !accounts.queue.isEmpty()) {
            Optional<HandlerPermits.Permit> permit = services.handlerPermits().tryTake();
            isPermitMissing = permit.isEmpty();
            Optional<ManagedThread> next =
                    accounts.queue.take(thread -> permit.isPresent() || thread.kind != JobKind.HANDLER);
            if (next.isEmpty()) {
                permit.ifPresent(HandlerPermits.Permit::giveBack);
                break;
            }
            start(next.get(), permit.orElse(null));
        }
        if (isPermitMissing && accounts.queue.anyMatch(thread -> thread.kind == JobKind.HANDLER)) {
            askForPermit();
        }
        tellWaits(isPermitMissing);
        tellSlots();
    }

    private void askForPermit() {
        if (!accounts.isPermitAsked) {
            accounts.isPermitAsked = true;
            var self = getContext().getSelf();
            services.handlerPermits().whenFree(permit -> self.tell(new PermitGranted(permit)));
        }
    }

    private void onPermitGranted(HandlerPermits.Permit permit) {
        accounts.isPermitAsked = false;
        Optional<ManagedThread> next = accounts.hasFreeSlot()
                ? accounts.queue.take(thread -> thread.kind == JobKind.HANDLER)
                : Optional.empty();
        if (next.isPresent()) {
            start(next.get(), permit);
            fillSlots();
        } else {
            permit.giveBack();
        }
    }

    /** One that was taken from the queue has its slot afterwards, or is back in the queue. */
    private void start(ManagedThread thread, HandlerPermits.@Nullable Permit offered) {
        HandlerPermits.Permit permit = offered;
        if (permit != null && thread.kind != JobKind.HANDLER) {
            permit.giveBack();
            permit = null;
        }
        Slot slot;
        try {
            slot = accounts.idle.isEmpty() ? newSlot() : accounts.idle.removeLast();
        } catch (RuntimeException defect) {
            accounts.queue.add(thread.placement.priority(), thread);
            if (permit != null) {
                permit.giveBack();
            }
            throw defect;
        }
        begin(thread, slot, permit);
    }

    private void begin(ManagedThread thread, Slot slot, HandlerPermits.@Nullable Permit permit) {
        slot.begin(thread, permit);
        accounts.busy.put(thread.id, slot);
        accounts.totals.began(thread);
        boolean toldWait = thread.wait != null && !thread.isDirect();
        thread.begin(slot);
        services.instruments().slotsBusy().add(1);
        if (toldWait) {
            reports.tell(new ChannelReport.AttemptWaits(thread.id, null));
        }
        if (thread.attempt != null) {
            slot.worker.tell(new Worker.Start(thread.attempt, thread.placement, accounts.spec, permit));
        }
        isolation.start();
    }

    private Slot newSlot() {
        int number = accounts.freeNumber();
        var worker = getContext()
                .spawn(
                        MessageTimes.measured(
                                Worker.create(new Worker.Slot(
                                        number,
                                        channel,
                                        services,
                                        managers,
                                        accounts.threads,
                                        environment,
                                        getContext().getSelf())),
                                services.instruments()),
                        "worker-" + number + "-" + ++accounts.workersMade);
        getContext().watchWith(worker, new WorkerStopped(number, worker));
        services.instruments().workers().add(1);
        var slot = new Slot(number, worker);
        accounts.slots.put(number, slot);
        return slot;
    }

    /** Attempts are told to the channel, which shows them with their jobs. */
    private void tellWaits(boolean isPermitMissing) {
        for (var thread : accounts.untold) {
            if (thread.isWaiting()) {
                thread.wait = waitFor(thread, isPermitMissing);
                if (!thread.isDirect()) {
                    reports.tell(new ChannelReport.AttemptWaits(thread.id, thread.wait));
                }
            }
        }
        accounts.untold.clear();
    }

    private Condition waitFor(ManagedThread thread, boolean isPermitMissing) {
        return isPermitMissing && thread.kind == JobKind.HANDLER
                ? new Condition(
                        "WaitingForThread",
                        "waits for one of the node's "
                                + services.handlerPermits().limit() + " handler threads, which all channels share",
                        Instant.now())
                : new Condition(
                        "WaitingForSlot",
                        "waits for one of the channel's "
                                + accounts.spec.threads().max() + " slots; handlers that would not end may hold some",
                        Instant.now());
    }

    /** Tells the channel how many slots are not for its attempts, if that has changed. */
    private void tellSlots() {
        boolean isOrdinary = accounts.quarantined == 0 && !accounts.registry.hasDirect();
        if (isOrdinary && accounts.slotsTold.equals(ChannelReport.SlotsTaken.NONE)) {
            return;
        }
        int direct = accounts.directBusy();
        int quarantinedDirect = accounts.quarantinedDirect();
        int waiting = accounts.directWaiting();
        int quarantinedAttempts = accounts.quarantined - quarantinedDirect;
        var taken = new ChannelReport.SlotsTaken(
                direct + quarantinedAttempts - (waiting > 0 ? 1 : 0), direct - quarantinedDirect, waiting);
        if (!taken.equals(accounts.slotsTold)) {
            accounts.slotsTold = taken;
            reports.tell(taken);
        }
    }

    // What workers tell

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
        answerCreator(thread);
    }

    private void answerCreator(ManagedThread thread) {
        if (thread.creator != null) {
            thread.creator.tell(new Created(views.view(thread), false));
            thread.creator = null;
        }
    }

    private void onWorkerEnded(WorkerEnded ended) {
        var slot = accounts.busy.get(ended.attempt);
        var thread = slot == null ? null : slot.thread;
        if (slot == null || thread == null || slot.number != ended.slot || slot.isLost) {
            return;
        }
        thread.usage = ended.usage;
        thread.ending = ended.ending;
        slot.failures += ended.outcome.kind() == AttemptOutcome.Kind.SUCCEEDED ? 0 : 1;
        if (ended.ending == Ending.NOT_STARTED && thread.creator != null && ended.outcome.error() != null) {
            thread.creator.tell(new ManagerReply.Refused(ended.outcome.error()));
            thread.creator = null;
            accounts.registry.remove(thread);
            accounts.totals.notCreated();
            thread.end(ended.outcome);
            count(thread, ended.outcome);
            waiters.ended(thread);
            free(slot, thread.id);
        } else {
            end(slot, thread, ended.outcome);
        }
    }

    /** What a slot ran is gone and holds nothing. */
    private void end(Slot slot, ManagedThread thread, AttemptOutcome outcome) {
        boolean wasQuarantined = thread.state == ThreadState.QUARANTINED;
        thread.runsOfSlot = slot.runs;
        thread.failuresOfSlot = slot.failures;
        ended(thread, outcome);
        if (wasQuarantined) {
            quarantined(-1);
        } else {
            count(thread, outcome);
            if (!thread.isDirect()) {
                report(thread.id, outcome);
            }
        }
        free(slot, thread.id);
    }

    /** Here and not in the worker, which cannot count the attempt by which it failed itself. */
    private void count(ManagedThread thread, AttemptOutcome outcome) {
        services.instruments().attemptEnded(outcome.kind(), thread.runNanos());
    }

    /** Closes the books on a thread, with a slot or without. */
    private void ended(ManagedThread thread, AttemptOutcome outcome) {
        thread.end(outcome);
        accounts.registry.ended(thread);
        accounts.totals.ended(thread, outcome);
        answerCreator(thread);
        waiters.ended(thread);
        endChildren(thread.id);
    }

    private void endChildren(AttemptId parent) {
        accounts.registry
                .childrenOf(parent)
                .forEach(child -> stop(child, StopReason.CANCEL, Limits.STOP_GRACE.toMillis()));
    }

    private void free(Slot slot, AttemptId attempt) {
        accounts.busy.remove(attempt);
        services.instruments().slotsBusy().add(-1);
        slot.end();
        if (!slot.isLost) {
            accounts.idle.addLast(slot);
            startTicking();
        }
        fillSlots();
        answerStop();
    }

    private void onWorkerQuarantined(WorkerQuarantined message) {
        var slot = accounts.busy.get(message.attempt);
        if (slot != null && slot.thread != null && slot.number == message.slot && !slot.isLost) {
            quarantine(slot.thread, message.outcome, message.threadName);
        }
    }

    private void quarantine(ManagedThread thread, AttemptOutcome outcome, @Nullable String threadName) {
        thread.state = ThreadState.QUARANTINED;
        thread.outcome = outcome;
        count(thread, outcome);
        if (!thread.isDirect()) {
            report(thread.id, outcome);
        }
        quarantined(1);
        tellSlots();
        answerCreator(thread);
        waiters.quarantined(thread, threadName);
        endChildren(thread.id);
        answerStop();
    }

    private void quarantined(int change) {
        accounts.quarantined += change;
        services.instruments().slotsQuarantined().add(change);
        if (accounts.quarantined == 0) {
            reports.tell(new ChannelReport.ConditionCleared(HANDLERS_QUARANTINED));
        } else {
            raise(
                    HANDLERS_QUARANTINED,
                    accounts.quarantined + " of the channel's "
                            + accounts.spec.threads().max()
                            + " slots are held by handlers that would not end when asked. A thread dump of node "
                            + services.node() + " shows where they are, on threads named millrace-" + channel
                            + "-worker-…");
        }
    }

    private void raise(String condition, String message) {
        reports.tell(new ChannelReport.ConditionRaised(new Condition(condition, message, Instant.now())));
    }

    /** A worker that was idle was stopped by us. One that had an attempt has failed, and nobody else cleans up behind it. */
    private void onWorkerStopped(int number, ActorRef<Worker.Command> worker) {
        var slot = accounts.slots.get(number);
        if (slot == null || !slot.worker.equals(worker)) {
            return;
        }
        remove(slot);
        accounts.idle.remove(slot);
        var thread = slot.thread;
        if (thread != null) {
            services.instruments().workerCrashed();
            try (var _ = AttemptMdc.open(channel, thread.id)) {
                LOG.error("The worker failed; its attempt is cleaned up and ends as failed");
            }
            recover(slot, thread);
        }
    }

    private void remove(Slot slot) {
        accounts.slots.remove(slot.number);
        services.instruments().workers().add(-1);
    }

    private void recover(Slot slot, ManagedThread thread) {
        if (thread.state != ThreadState.QUARANTINED) {
            thread.state = ThreadState.TERMINATING;
        }
        slot.isLost = true;
        slot.lostAtNanos = System.nanoTime();
        var attempt = thread.id;
        var run = accounts.threads.find(attempt);
        if (run.isPresent()) {
            var self = getContext().getSelf();
            var _ = run.get().cancel();
            run.get().whenOver(() -> self.tell(new LostHandlerReturned(attempt)));
        } else {
            cleanUp(slot, attempt);
        }
        startTicking();
    }

    private void onLostHandlerReturned(AttemptId attempt) {
        var slot = accounts.busy.get(attempt);
        if (slot != null && slot.isLost) {
            cleanUp(slot, attempt);
        }
    }

    private void cleanUp(Slot slot, AttemptId attempt) {
        slot.isCleaning = true;
        slot.askedAtNanos = System.nanoTime();
        managers.cleanups.tell(new CleanupManager.CleanUp(attempt, Set.of(CleanupManager.Holding.values()), cleanedUp));
    }

    private void onCleanedUp(AttemptId attempt) {
        var slot = accounts.busy.get(attempt);
        if (slot == null || slot.thread == null || !slot.isLost || !slot.isCleaning) {
            return;
        }
        slot.failures++;
        end(slot, slot.thread, accounts.stopping == null ? Outcomes.crashed() : Outcomes.interrupted(null));
    }

    // Ends on request

    private void onCancel(JobId job, long epoch) {
        accounts.registry.live().stream()
                .filter(thread -> thread.id.job().equals(job) && thread.id.epoch() == epoch)
                .findFirst()
                .ifPresent(thread -> stop(thread, StopReason.CANCEL, Limits.STOP_GRACE.toMillis()));
    }

    /** One that is being stopped, or would not end, is left to that. */
    private void stop(ManagedThread thread, StopReason reason, long graceMillis) {
        var slot = accounts.busy.get(thread.id);
        if (slot == null) {
            accounts.queue.removeIf(other -> other == thread);
            stopWaiting(thread, Outcomes.stopped(reason, 0, null));
        } else if (thread.state == ThreadState.RUNNING || thread.state == ThreadState.STARTING) {
            thread.state = ThreadState.TERMINATING;
            slot.worker.tell(new Worker.Stop(thread.id, reason, graceMillis));
        }
    }

    private void stopWaiting(ManagedThread thread, AttemptOutcome outcome) {
        ended(thread, outcome);
        if (!thread.isDirect()) {
            report(thread.id, outcome);
        }
        tellSlots();
    }

    private void onEndThreads() {
        List.copyOf(accounts.registry.live()).stream()
                .filter(ManagedThread::isDirect)
                .forEach(thread -> stop(thread, StopReason.CANCEL, Limits.STOP_GRACE.toMillis()));
    }

    private void onStop(ActorRef<Stopped> replyTo) {
        accounts.stopping = replyTo;
        accounts.queue.clear();
        for (var thread : List.copyOf(accounts.registry.live())) {
            if (thread.isWaiting()) {
                stopWaiting(thread, Outcomes.interrupted(null));
            } else {
                stop(thread, StopReason.SHUTDOWN, Limits.STOP_GRACE.toMillis());
            }
        }
        answerStop();
    }

    private void answerStop() {
        if (accounts.stopping != null && accounts.busy.size() == accounts.quarantined) {
            accounts.stopping.tell(new Stopped());
        }
    }

    // Settings and questions

    private void onConfigure(ChannelSpec spec) {
        accounts.spec = spec;
        applyAffinity();
        fillSlots();
    }

    /** Found out once per change of the specification, so that every attempt starts the same way. */
    private void applyAffinity() {
        List<Integer> wanted = accounts.spec.threads().affinity();
        Optional<String> obstacle = CpuAffinity.obstacle(wanted);
        accounts.affinity = obstacle.isEmpty() ? wanted : List.of();
        if (obstacle.isPresent()) {
            accounts.hasAffinityObstacle = true;
            raise(
                    AFFINITY_NOT_APPLIED,
                    "threads.affinity " + wanted + " is not applied on node " + services.node() + ": " + obstacle.get()
                            + ". The channel's threads and processes run on any processor.");
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
        for (var slot : List.copyOf(accounts.busy.values())) {
            if (slot.isLost && slot.thread != null) {
                isNeeded = true;
                pressOn(slot, slot.thread, now);
            }
        }
        if (!isNeeded) {
            timers.cancel(Tick.INSTANCE);
        }
    }

    /** A lost attempt waits for its handler, which has the usual grace, or for its cleanup, which is asked for again. */
    private void pressOn(Slot slot, ManagedThread thread, long now) {
        if (slot.isCleaning) {
            if (now - slot.askedAtNanos > Limits.MANAGER_ANSWER_MAX.toNanos()) {
                cleanUp(slot, thread.id);
            }
        } else if (thread.state != ThreadState.QUARANTINED && now - slot.lostAtNanos > Limits.STOP_GRACE.toNanos()) {
            var threadName =
                    accounts.threads.find(thread.id).map(HandlerRun::threadName).orElse(null);
            quarantine(thread, Outcomes.crashedWithHandler(threadName), threadName);
        }
    }

    private boolean stopIdleWorkers(long now) {
        while (!accounts.idle.isEmpty()
                && now - accounts.idle.getFirst().idleSinceNanos > Limits.WORKER_IDLE_MAX.toNanos()) {
            var slot = accounts.idle.removeFirst();
            remove(slot);
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

    private void report(AttemptId attempt, AttemptOutcome outcome) {
        reports.tell(new ChannelReport.AttemptFinished(attempt, outcome));
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
            ThreadManager.this.fillSlots();
        }

        @Override
        public Placement placement(ThreadSpec spec) {
            return ThreadManager.this.placement(spec);
        }

        @Override
        public void stop(ManagedThread thread, StopReason reason, long graceMillis) {
            ThreadManager.this.stop(thread, reason, graceMillis);
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
