package io.millrace.channel.thread;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.MessageTimes;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * Gives the slots of a channel to those who wait for one, and tells them and the channel who waits and for what. While the
 * channel is being cleaned up everybody waits.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class SlotStarts {
    private final ActorContext<ThreadManager.Command> context;
    private final ChannelName channel;
    private final ChannelServices services;
    private final ThreadManager.Managers managers;
    private final ActorRef<ChannelReport> reports;
    private final HandlerRun.Environment environment;
    private final ThreadAccounts accounts;
    private final Runnable begun;

    /** @param begun is told of everything that got a slot */
    SlotStarts(
            ActorContext<ThreadManager.Command> context,
            ChannelName channel,
            ChannelServices services,
            ThreadManager.Managers managers,
            ActorRef<ChannelReport> reports,
            HandlerRun.Environment environment,
            ThreadAccounts accounts,
            Runnable begun) {
        this.context = context;
        this.channel = channel;
        this.services = services;
        this.managers = managers;
        this.reports = reports;
        this.environment = environment;
        this.accounts = accounts;
        this.begun = begun;
    }

    /**
     * Gives an attempt a slot or a place in the queue. One that is known already is left alone. One whose process runs
     * waits for nothing, whatever the channel's limit is by now.
     */
    void run(Attempt attempt) {
        var id = attempt.id();
        if (attempt.isAdopted()) {
            takeOver(attempt);
        } else if (accounts.stopping != null) {
            reports.tell(new ChannelReport.AttemptFinished(id, Outcomes.interrupted(null)));
        } else if (accounts.registry.live(id) == null) {
            var thread = new ManagedThread(attempt, placement(attempt), null);
            accounts.registry.add(thread);
            accounts.totals.created();
            accounts.queue.add(attempt.priority(), thread);
            accounts.untold.add(thread);
            fillSlots();
        }
    }

    private void takeOver(Attempt attempt) {
        if (accounts.registry.live(attempt.id()) == null) {
            var thread = new ManagedThread(attempt, placement(attempt), null);
            accounts.registry.add(thread);
            accounts.totals.created();
            start(thread, null);
        }
    }

    private Placement placement(Attempt attempt) {
        boolean hasThread = attempt.kind() == JobKind.HANDLER;
        return new Placement(
                attempt.priority(), hasThread ? services.stackSizes().of(attempt.priority()) : 0, accounts.affinity);
    }

    Placement placement(ThreadSpec spec) {
        Long stackBytes = spec.stackBytes();
        return new Placement(
                spec.priority(),
                stackBytes == null ? services.stackSizes().of(spec.priority()) : StackSizes.rounded(stackBytes),
                spec.affinity().isEmpty() ? accounts.affinity : spec.affinity());
    }

    /** Gives free slots to those who wait, in turn; a handler without a permit lets others pass. */
    void fillSlots() {
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
            var self = context.getSelf();
            services.handlerPermits().whenFree(permit -> self.tell(new ThreadManager.PermitGranted(permit)));
        }
    }

    void permitGranted(HandlerPermits.Permit permit) {
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
        begun.run();
    }

    private Slot newSlot() {
        int number = accounts.freeNumber();
        var worker = context.spawn(
                MessageTimes.measured(
                        Worker.create(new Worker.Slot(
                                number, channel, services, managers, accounts.threads, environment, context.getSelf())),
                        services.instruments()),
                "worker-" + number + "-" + ++accounts.workersMade);
        context.watchWith(worker, new ThreadManager.WorkerStopped(number, worker));
        services.instruments().workers().add(1);
        var slot = new Slot(number, worker);
        accounts.slots.put(number, slot);
        return slot;
    }

    /** Those who wait wait for something else by now. */
    void tellWaitsAgain() {
        accounts.untold.clear();
        accounts.registry.live().stream().filter(ManagedThread::isWaiting).forEach(accounts.untold::add);
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
        if (accounts.isClosed()) {
            return new Condition(
                    "WaitingForCleanup", "waits until the cleanup of the channel has ended", Instant.now());
        }
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
    void tellSlots() {
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
}
