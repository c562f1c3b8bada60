package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.Restarting;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
 * threads that handlers run on. Workers are made when they are first needed, used again attempt after attempt, and go
 * away when they are idle.
 *
 * <p>When a worker fails, everything its attempt may hold is cleaned up, the attempt is reported as failed, and the slot
 * gets a new worker. When this manager itself fails, its workers go on: the new instance hands each its attempt again,
 * which a worker that has it ignores and one that has ended it answers; and it tells the channel, which hands over what
 * the lost message may have brought. So no attempt is lost, and none runs twice.
 */
public final class ThreadManager extends AbstractMatchingBehavior<ThreadManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadManager.class);
    private static final Duration TICK = Duration.ofSeconds(1);

    private final ChannelName channel;
    private final ChannelServices services;
    private final Managers managers;
    private final ActorRef<ChannelReport> reports;
    private final HandlerRun.Environment environment;
    private final ActorRef<CleanupManager.CleanedUp> cleanedUp;
    private final TimerScheduler<Command> timers;
    private final Accounts accounts;

    /** Messages of the thread manager. */
    public sealed interface Command {}

    /** Run an attempt whose start is stored. One that is known already is not started again. */
    public record Run(Attempt attempt) implements Command {}

    /** Stop an attempt; its end is reported once it was cleaned up. An unknown one is ignored. */
    public record Cancel(JobId job, long epoch) implements Command {}

    /** Follow a changed specification. Running attempts go on, even above a lowered limit. */
    public record Configure(ChannelSpec spec) implements Command {}

    /** What runs now. */
    public record Snapshot(ActorRef<Threads> replyTo) implements Command {}

    /**
     * Stop every attempt (signal, grace, force) and answer once all have ended. They are reported as interrupted. No
     * further attempt starts.
     */
    public record Stop(ActorRef<Stopped> replyTo) implements Command {}

    /** An attempt has ended and holds nothing any more; the slot is free. */
    record WorkerEnded(int slot, AttemptId attempt, AttemptOutcome outcome) implements Command {}

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

    private enum Tick implements Command {
        INSTANCE
    }

    /**
     * What runs now.
     *
     * @param active attempts that run
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
            ActorRef<CleanupManager.Command> cleanups) {}

    /** Restarts itself after a defect; slots and workers survive. */
    public static Behavior<Command> create(
            ChannelName channel,
            ChannelSpec spec,
            ChannelServices services,
            Managers managers,
            ActorRef<ChannelReport> reports) {
        return Behaviors.setup(outer -> {
            var environment =
                    new HandlerRun.Environment(channel, services.codec(), OutputTimer.of(outer.getSystem()), reports);
            var threads = new HandlerThreads(channel, spec.threads().max(), services.instruments());
            var accounts = new Accounts(spec, threads);
            return Restarting.after(context -> Behaviors.withTimers(timers ->
                    new ThreadManager(context, timers, channel, services, managers, reports, environment, accounts)));
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
            Accounts accounts) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.services = services;
        this.managers = managers;
        this.reports = reports;
        this.environment = environment;
        this.accounts = accounts;
        this.cleanedUp = context.messageAdapter(CleanupManager.CleanedUp.class, WrappedCleanedUp::new);
        if (accounts.wasBuilt) {
            resume();
        }
        accounts.wasBuilt = true;
    }

    /** Finds out what the message that made the previous instance fail has left undone. */
    private void resume() {
        for (var slot : accounts.slots.values()) {
            if (slot.isRunning() && slot.attempt != null) {
                slot.worker.tell(new Worker.Start(slot.attempt, accounts.spec.env(), slot.permit));
            }
        }
        reports.tell(new ChannelReport.ThreadManagerRestarted());
        startTicking();
        fillSlots();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Run(var attempt) -> onRun(attempt);
            case Cancel(var job, var epoch) -> onCancel(job, epoch);
            case WorkerEnded ended -> onWorkerEnded(ended);
            case WorkerQuarantined quarantined -> onWorkerQuarantined(quarantined);
            case WorkerStopped(var number, var worker) -> onWorkerStopped(number, worker);
            case PermitGranted(var permit) -> onPermitGranted(permit);
            case WrappedCleanedUp(var answer) -> onCleanedUp(answer.attempt());
            case LostHandlerReturned(var attempt) -> onLostHandlerReturned(attempt);
            case Configure(var spec) -> onConfigure(spec);
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
            case Stop(var replyTo) -> onStop(replyTo);
            case Tick.INSTANCE -> onTick();
        };
    }

    private Behavior<Command> onRun(Attempt attempt) {
        var id = attempt.id();
        if (accounts.stopping != null) {
            report(id, Outcomes.interrupted(null));
        } else if (!accounts.knows(id)) {
            accounts.waiting.add(new Waiting(attempt));
            fillSlots();
        }
        return this;
    }

    /** Gives free slots to those who wait, in order; an attempt without a permit lets others pass. */
    private void fillSlots() {
        Iterator<Waiting> next = accounts.waiting.iterator();
        while (next.hasNext() && hasFreeSlot()) {
            var waiting = next.next();
            if (waiting.attempt.kind() != JobKind.HANDLER) {
                next.remove();
                start(waiting, null);
                continue;
            }
            var permit = services.handlerPermits().tryTake();
            if (permit.isPresent()) {
                next.remove();
                start(waiting, permit.get());
            } else {
                askForPermit();
                tellWait(
                        waiting,
                        "WaitingForThread",
                        "waits for one of the node's "
                                + services.handlerPermits().limit() + " handler threads, which all channels share");
            }
        }
        accounts.waiting.forEach(waiting -> tellWait(
                waiting,
                "WaitingForSlot",
                "waits for one of the channel's " + accounts.spec.threads().max()
                        + " slots; handlers that would not end may hold some"));
    }

    private void askForPermit() {
        if (!accounts.isPermitAsked) {
            accounts.isPermitAsked = true;
            var self = getContext().getSelf();
            services.handlerPermits().whenFree(permit -> self.tell(new PermitGranted(permit)));
        }
    }

    private Behavior<Command> onPermitGranted(HandlerPermits.Permit permit) {
        accounts.isPermitAsked = false;
        Iterator<Waiting> next = accounts.waiting.iterator();
        while (next.hasNext() && hasFreeSlot()) {
            var waiting = next.next();
            if (waiting.attempt.kind() == JobKind.HANDLER) {
                next.remove();
                start(waiting, permit);
                fillSlots();
                return this;
            }
        }
        permit.giveBack();
        return this;
    }

    private boolean hasFreeSlot() {
        return accounts.taken() < accounts.spec.threads().max();
    }

    private void start(Waiting waiting, HandlerPermits.@Nullable Permit permit) {
        var attempt = waiting.attempt;
        var slot = accounts.idle.isEmpty() ? newSlot() : accounts.idle.removeLast();
        slot.begin(attempt, permit);
        accounts.busy.put(attempt.id(), slot);
        services.instruments().slotsBusy().add(1);
        if (waiting.toldWait) {
            reports.tell(new ChannelReport.AttemptWaits(attempt.id(), null));
        }
        slot.worker.tell(new Worker.Start(attempt, accounts.spec.env(), permit));
    }

    private Slot newSlot() {
        int number = 1;
        while (accounts.slots.containsKey(number)) {
            number++;
        }
        var worker = getContext()
                .spawn(
                        Worker.create(new Worker.Slot(
                                number,
                                channel,
                                services,
                                managers,
                                accounts.threads,
                                environment,
                                getContext().getSelf())),
                        "worker-" + number + "-" + ++accounts.workersMade);
        getContext().watchWith(worker, new WorkerStopped(number, worker));
        services.instruments().workers().add(1);
        var slot = new Slot(number, worker);
        accounts.slots.put(number, slot);
        return slot;
    }

    private void tellWait(Waiting waiting, String type, String message) {
        if (!waiting.toldWait) {
            waiting.toldWait = true;
            reports.tell(
                    new ChannelReport.AttemptWaits(waiting.attempt.id(), new Condition(type, message, Instant.now())));
        }
    }

    private Behavior<Command> onCancel(JobId job, long epoch) {
        for (var slot : accounts.busy.values()) {
            if (slot.isRunning() && slot.runs(job, epoch) && slot.attempt != null) {
                slot.phase = Phase.TERMINATING;
                slot.worker.tell(new Worker.Stop(slot.attempt.id(), StopReason.CANCEL));
                return this;
            }
        }
        accounts.waiting.removeIf(waiting -> {
            var id = waiting.attempt.id();
            boolean isMeant = id.job().equals(job) && id.epoch() == epoch;
            if (isMeant) {
                report(id, AttemptOutcome.cancelled(null, null));
            }
            return isMeant;
        });
        return this;
    }

    private Behavior<Command> onWorkerEnded(WorkerEnded ended) {
        var slot = accounts.busy.get(ended.attempt);
        if (slot == null || slot.number != ended.slot) {
            return this;
        }
        if (slot.phase == Phase.QUARANTINED) {
            quarantined(-1);
        } else {
            report(ended.attempt, ended.outcome);
        }
        free(slot, ended.attempt);
        return this;
    }

    private void free(Slot slot, AttemptId attempt) {
        accounts.busy.remove(attempt);
        services.instruments().slotsBusy().add(-1);
        slot.end();
        if (accounts.slots.get(slot.number) == slot) {
            accounts.idle.addLast(slot);
            startTicking();
        }
        fillSlots();
        answerStop();
    }

    private Behavior<Command> onWorkerQuarantined(WorkerQuarantined message) {
        var slot = accounts.busy.get(message.attempt);
        if (slot != null && slot.number == message.slot && slot.isRunning()) {
            quarantine(slot, message.attempt, message.outcome);
        }
        return this;
    }

    private void quarantine(Slot slot, AttemptId attempt, AttemptOutcome outcome) {
        slot.phase = Phase.QUARANTINED;
        report(attempt, outcome);
        quarantined(1);
        answerStop();
    }

    private void quarantined(int change) {
        accounts.quarantined += change;
        services.instruments().slotsQuarantined().add(change);
        reports.tell(new ChannelReport.SlotsQuarantined(accounts.quarantined));
        if (accounts.quarantined == 0) {
            reports.tell(new ChannelReport.ConditionCleared("HandlersQuarantined"));
        } else {
            reports.tell(new ChannelReport.ConditionRaised(new Condition(
                    "HandlersQuarantined",
                    accounts.quarantined + " of the channel's "
                            + accounts.spec.threads().max()
                            + " slots are held by handlers that would not end when asked. A thread dump of node "
                            + services.node() + " shows where they are, on threads named millrace-" + channel + "-…",
                    Instant.now())));
        }
    }

    /** A worker that was idle was stopped by us. One that had an attempt has failed, and nobody else cleans up behind it. */
    private Behavior<Command> onWorkerStopped(int number, ActorRef<Worker.Command> worker) {
        var slot = accounts.slots.get(number);
        if (slot == null || !slot.worker.equals(worker)) {
            return this;
        }
        remove(slot);
        accounts.idle.remove(slot);
        if (slot.attempt != null) {
            services.instruments().workerCrashed();
            try (var _ = AttemptMdc.open(channel, slot.attempt.id())) {
                LOG.error("The worker failed; its attempt is cleaned up and ends as failed");
            }
            recover(slot, slot.attempt.id());
        }
        return this;
    }

    private void remove(Slot slot) {
        accounts.slots.remove(slot.number);
        services.instruments().workers().add(-1);
    }

    private void recover(Slot slot, AttemptId attempt) {
        if (slot.phase != Phase.QUARANTINED) {
            slot.phase = Phase.LOST;
        }
        slot.lostAtNanos = System.nanoTime();
        var run = accounts.threads.find(attempt);
        if (run.isPresent()) {
            var self = getContext().getSelf();
            run.get().cancel();
            run.get().whenOver(() -> self.tell(new LostHandlerReturned(attempt)));
        } else {
            cleanUp(slot, attempt);
        }
        startTicking();
    }

    private Behavior<Command> onLostHandlerReturned(AttemptId attempt) {
        var slot = accounts.busy.get(attempt);
        if (slot != null && slot.isWorkerGone(accounts)) {
            cleanUp(slot, attempt);
        }
        return this;
    }

    private void cleanUp(Slot slot, AttemptId attempt) {
        slot.isCleaning = true;
        slot.askedAtNanos = System.nanoTime();
        managers.cleanups.tell(new CleanupManager.CleanUp(attempt, Set.of(CleanupManager.Holding.values()), cleanedUp));
    }

    private Behavior<Command> onCleanedUp(AttemptId attempt) {
        var slot = accounts.busy.get(attempt);
        if (slot == null || !slot.isWorkerGone(accounts) || !slot.isCleaning) {
            return this;
        }
        if (slot.phase == Phase.QUARANTINED) {
            quarantined(-1);
        } else {
            report(attempt, accounts.stopping == null ? Outcomes.crashed() : Outcomes.interrupted(null));
        }
        if (slot.permit != null) {
            slot.permit.giveBack();
        }
        free(slot, attempt);
        return this;
    }

    private Behavior<Command> onConfigure(ChannelSpec spec) {
        accounts.spec = spec;
        accounts.threads.resize(spec.threads().max());
        fillSlots();
        return this;
    }

    private Behavior<Command> onSnapshot(ActorRef<Threads> replyTo) {
        var views = new ArrayList<Inspection.ThreadView>();
        accounts.busy.forEach((id, slot) -> views.add(view(id, slot)));
        replyTo.tell(new Threads(
                accounts.spec.threads().max(),
                accounts.busy.size() - accounts.quarantined,
                accounts.quarantined,
                views));
        return this;
    }

    private Inspection.ThreadView view(AttemptId id, Slot slot) {
        var threadName = accounts.threads.find(id).map(HandlerRun::threadName);
        return new Inspection.ThreadView(
                services.node(),
                channel,
                threadName.orElse("millrace-" + channel + "-slot-" + slot.number),
                slot.phase == Phase.LOST ? Phase.TERMINATING.name() : slot.phase.name(),
                slot.attempt == null ? JobKind.HANDLER : slot.attempt.kind(),
                id.job(),
                id.number(),
                id.epoch(),
                slot.since);
    }

    private Behavior<Command> onStop(ActorRef<Stopped> replyTo) {
        accounts.stopping = replyTo;
        accounts.waiting.forEach(waiting -> report(waiting.attempt.id(), Outcomes.interrupted(null)));
        accounts.waiting.clear();
        accounts.busy.forEach((id, slot) -> {
            if (slot.isRunning()) {
                slot.phase = Phase.TERMINATING;
                slot.worker.tell(new Worker.Stop(id, StopReason.SHUTDOWN));
            }
        });
        answerStop();
        return this;
    }

    private void answerStop() {
        if (accounts.stopping != null && accounts.busy.size() == accounts.quarantined) {
            accounts.stopping.tell(new Stopped());
        }
    }

    private Behavior<Command> onTick() {
        long now = System.nanoTime();
        boolean isNeeded = stopIdleWorkers(now);
        for (var entry : Map.copyOf(accounts.busy).entrySet()) {
            var slot = entry.getValue();
            if (slot.isWorkerGone(accounts)) {
                isNeeded = true;
                pressOn(slot, entry.getKey(), now);
            }
        }
        if (!isNeeded) {
            timers.cancel(Tick.INSTANCE);
        }
        return this;
    }

    /** A lost attempt waits for its handler, which has the usual grace, or for its cleanup, which is asked for again. */
    private void pressOn(Slot slot, AttemptId attempt, long now) {
        if (slot.isCleaning) {
            if (now - slot.askedAtNanos > Limits.MANAGER_ANSWER_MAX.toNanos()) {
                cleanUp(slot, attempt);
            }
        } else if (slot.phase == Phase.LOST && now - slot.lostAtNanos > Limits.STOP_GRACE.toNanos()) {
            var threadName = accounts.threads.find(attempt).map(HandlerRun::threadName);
            quarantine(slot, attempt, Outcomes.crashedWithHandler(threadName.orElse(null)));
        }
    }

    private boolean stopIdleWorkers(long now) {
        while (!accounts.idle.isEmpty()
                && now - accounts.idle.getFirst().idleSinceNanos > Limits.WORKER_IDLE_MAX.toNanos()) {
            var slot = accounts.idle.removeFirst();
            remove(slot);
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

    private enum Phase {
        RUNNING,
        TERMINATING,
        QUARANTINED,
        /** Its worker failed; the attempt is being cleaned up. */
        LOST
    }

    /** An attempt without a slot. */
    private static final class Waiting {
        final Attempt attempt;
        boolean toldWait;

        Waiting(Attempt attempt) {
            this.attempt = attempt;
        }
    }

    /** A worker, and the attempt it has. */
    private static final class Slot {
        final int number;
        final ActorRef<Worker.Command> worker;
        Phase phase = Phase.RUNNING;

        @Nullable Attempt attempt;

        HandlerPermits.@Nullable Permit permit;
        Instant since = Instant.EPOCH;
        long idleSinceNanos;
        long lostAtNanos;
        long askedAtNanos;
        boolean isCleaning;

        Slot(int number, ActorRef<Worker.Command> worker) {
            this.number = number;
            this.worker = worker;
        }

        void begin(Attempt begun, HandlerPermits.@Nullable Permit given) {
            attempt = begun;
            permit = given;
            phase = Phase.RUNNING;
            since = begun.startedAt();
        }

        /** A permit that no thread took is returned here; one that a thread took is returned already. */
        void end() {
            if (permit != null) {
                permit.giveBack();
            }
            attempt = null;
            permit = null;
            idleSinceNanos = System.nanoTime();
        }

        boolean isRunning() {
            return phase == Phase.RUNNING || phase == Phase.TERMINATING;
        }

        boolean isWorkerGone(Accounts accounts) {
            return accounts.slots.get(number) != this;
        }

        boolean runs(JobId job, long epoch) {
            return attempt != null
                    && attempt.id().job().equals(job)
                    && attempt.id().epoch() == epoch;
        }
    }

    /** What outlives a restart. */
    private static final class Accounts {
        final HandlerThreads threads;
        final Map<Integer, Slot> slots = new TreeMap<>();
        final Map<AttemptId, Slot> busy = new HashMap<>();
        final Deque<Slot> idle = new ArrayDeque<>();
        final Deque<Waiting> waiting = new ArrayDeque<>();
        ChannelSpec spec;

        @Nullable ActorRef<Stopped> stopping;

        int quarantined;
        long workersMade;
        boolean isPermitAsked;
        boolean wasBuilt;

        Accounts(ChannelSpec spec, HandlerThreads threads) {
            this.spec = spec;
            this.threads = threads;
        }

        int taken() {
            return busy.size();
        }

        boolean knows(AttemptId attempt) {
            return busy.containsKey(attempt)
                    || waiting.stream().anyMatch(other -> other.attempt.id().equals(attempt));
        }
    }
}
