package io.millrace.channel.lock;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerProblems;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.Restarting;
import io.millrace.channel.handle.Expectation;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockOutcome;
import io.millrace.domain.lock.LockTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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
 * Owns the locks of one channel (contract rows T-08 to T-11). What may be granted is decided by a {@link LockTable}; what
 * was decided is stored by the channel; and whoever is told something is told it once everything decided before is stored.
 * Nobody blocks: who waits is a line in the table and is answered when its turn comes or its time is up.
 *
 * <p>A restart of this actor keeps the table. A restart of the channel begins with the leases that are stored, and refuses
 * everybody who was waiting.
 */
public final class LockManager extends AbstractMatchingBehavior<LockManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(LockManager.class);
    private static final String COMPONENT = "LockManager";
    private static final String INVERTED = "LockOrderInverted";
    private static final long NEVER = Long.MAX_VALUE;

    private final Seed seed;
    private final TimerScheduler<Command> timers;
    private final LockAccounts accounts;
    private long timerAtNanos = NEVER;

    /** Messages of the lock manager. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, too. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Grant a lock, or let its owner wait. Answered with {@link Acquired}. A second request with the same key, owner and
     * lock is answered with the lease of the first while that lasts.
     */
    public record Acquire(
            Owner owner, LockRequest request, @Nullable String requestKey, ActorRef<ManagerReply> replyTo)
            implements Request {}

    /** Start a lease's time to live anew. Answered with {@link Renewed}. */
    public record Renew(LockName lock, Handle lease, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Give a lease back. Answered with {@link Released}. */
    public record Release(LockName lock, Handle lease, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Listed}. */
    public record ListLocks(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    public record Show(LockName lock, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Graph}. */
    public record ShowGraph(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Hierarchy}. */
    public record VerifyHierarchy(ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * An attempt gives up what it holds and waits for: it has ended. Doing so again changes nothing.
     *
     * @param replyTo told once that is decided
     */
    public record ReleaseAll(AttemptId attempt, ActorRef<AllReleased> replyTo) implements Command {}

    /**
     * An attempt of an earlier life of the channel is over for certain, wherever it ran: as {@link ReleaseAll}, and what
     * that life granted it ends, too. Answered alike.
     */
    public record ReleaseAllOfEarlierLives(AttemptId attempt, ActorRef<AllReleased> replyTo) implements Command {}

    /**
     * The channel is being cleaned up: leases that no attempt holds are withheld from their holders, and no lock is granted
     * until {@link Restore} or {@link ReleaseWithheld}. Whoever waits is refused, except attempts, which wait on. Answered
     * with {@link Withheld}; doing so again changes nothing. Withheld leases are not stored as such: another life of the
     * channel begins with all of them in the hands of their holders.
     */
    public record Withhold(ActorRef<Withheld> replyTo) implements Command {}

    /**
     * The cleanup was taken back: withheld leases belong to their holders again, and those whose time to live is over end.
     * Answered with {@link Restored}; doing so again changes nothing.
     */
    public record Restore(ActorRef<Restored> replyTo) implements Command {}

    /**
     * The cleanup has succeeded: withheld leases end. Answered with {@link WithheldReleased} once that is stored. Asked again
     * it says the same until the next {@link Withhold}.
     */
    public record ReleaseWithheld(ActorRef<WithheldReleased> replyTo) implements Command {}

    /** Answered with {@link Totals}. */
    public record ShowTotals(ActorRef<ManagerReply> replyTo) implements Request {}

    /** In which order one owner should take these locks. Answered with {@link Arranged}. */
    public record Arrange(List<LockName> locks, ActorRef<ManagerReply> replyTo) implements Command {
        public Arrange {
            locks = List.copyOf(locks);
        }
    }

    /** The same locks, the first to be taken first. */
    public record Arranged(List<LockName> locks) implements ManagerReply {
        public Arranged {
            locks = List.copyOf(locks);
        }
    }

    /** Which leases are held now, for those who check who holds what. */
    public record ListLeases(ActorRef<Leases> replyTo) implements Command {}

    /** Every lease that is held, by lock. */
    public record Leases(List<HeldLease> leases) {
        public Leases {
            leases = List.copyOf(leases);
        }
    }

    /**
     * A batch of changes is stored.
     *
     * @param number as it came with {@link io.millrace.channel.ChannelReport.LocksChanged}
     */
    public record Stored(long number) implements Command {}

    /**
     * The channel is gone, and every lease with it: whoever waits is refused, nothing is stored, and tokens go on
     * counting. Answered with {@link io.millrace.channel.ChannelReport.LocksForgotten}.
     */
    public enum ForgetAll implements Command {
        INSTANCE
    }

    /**
     * What became of the leases of an attempt.
     *
     * @param released that it gave back now
     * @param left that an earlier life of the channel granted it; they run out by their time to live
     */
    public record AllReleased(AttemptId attempt, List<HeldLease> released, List<HeldLease> left) {
        public AllReleased {
            released = List.copyOf(released);
            left = List.copyOf(left);
        }
    }

    /** How many leases are withheld now. */
    public record Withheld(int leases) {}

    /** Withheld leases belong to their holders again. */
    public record Restored() {}

    /**
     * The withheld leases that have ended.
     *
     * @param ids of the first {@link Limits#RESOURCES_NOTED_IDS_MAX} of them
     */
    public record WithheldReleased(int leases, List<String> ids) {
        public WithheldReleased {
            ids = List.copyOf(ids);
        }
    }

    public record Acquired(LockAnswer answer) implements ManagerReply {}

    public record Renewed(Lease lease) implements ManagerReply {}

    /** @param wasHeld false if there was nothing to give back */
    public record Released(boolean wasHeld) implements ManagerReply {}

    public record Listed(List<LockView> locks) implements ManagerReply {
        public Listed {
            locks = List.copyOf(locks);
        }
    }

    public record Shown(LockView lock) implements ManagerReply {}

    public record Graph(LockGraph graph) implements ManagerReply {}

    public record Hierarchy(HierarchyReport report) implements ManagerReply {}

    /** Numbers of the whole channel by name. */
    public record Totals(Map<String, Double> values) implements ManagerReply {
        public Totals {
            values = Map.copyOf(values);
        }
    }

    private enum Tick implements Command {
        INSTANCE
    }

    /**
     * What a lock manager begins with.
     *
     * @param incarnation of the channel, which has one lock manager in each
     * @param node that owns it
     * @param lastToken highest token granted so far
     * @param leases that are stored
     * @param seals makes the handles of leases
     * @param clock monotonic and wall-clock time
     * @param reports where changes are sent to be stored
     */
    public record Seed(
            ChannelName channel,
            long incarnation,
            String node,
            long lastToken,
            Collection<HeldLease> leases,
            HandleSeals seals,
            Supplier<Moment> clock,
            Instruments instruments,
            ActorRef<ChannelReport> reports) {
        public Seed {
            leases = List.copyOf(leases);
        }
    }

    /** Restarts itself after a defect; leases and those who wait survive. */
    public static Behavior<Command> create(Seed seed) {
        return Behaviors.setup(_ -> {
            var accounts = new LockAccounts(seed);
            return Restarting.after(
                    context -> Behaviors.withTimers(timers -> new LockManager(context, timers, seed, accounts)));
        });
    }

    private LockManager(
            ActorContext<Command> context, TimerScheduler<Command> timers, Seed seed, LockAccounts accounts) {
        super(context);
        this.seed = seed;
        this.timers = timers;
        this.accounts = accounts;
        arm();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Acquire acquire -> onAcquire(acquire);
            case Renew(var lock, var handle, var replyTo) -> onRenew(lock, handle, replyTo);
            case Release(var lock, var handle, var replyTo) -> onRelease(lock, handle, replyTo);
            case ReleaseAll(var attempt, var replyTo) -> onReleaseAll(attempt, accounts.table::releaseAll, replyTo);
            case ReleaseAllOfEarlierLives(var attempt, var replyTo) ->
                onReleaseAll(attempt, accounts.table::releaseAllOfEarlierLives, replyTo);
            case Stored(var number) -> onStored(number);
            case Withhold(var replyTo) -> onWithhold(replyTo);
            case Restore(var replyTo) -> onRestore(replyTo);
            case ReleaseWithheld(var replyTo) -> onReleaseWithheld(replyTo);
            case ForgetAll.INSTANCE -> onForgetAll();
            case Tick.INSTANCE -> onTick();
            case ListLocks(var replyTo) -> onListLocks(replyTo);
            case Show(var lock, var replyTo) -> tell(replyTo, new Shown(accounts.table.view(lock, now())));
            case ShowGraph(var replyTo) -> tell(replyTo, new Graph(accounts.table.graph()));
            case VerifyHierarchy(var replyTo) -> tell(replyTo, new Hierarchy(accounts.table.hierarchy()));
            case ShowTotals(var replyTo) -> replyTo.tell(new Totals(accounts.totals()));
            case Arrange(var locks, var replyTo) -> replyTo.tell(new Arranged(accounts.table.arranged(locks)));
            case ListLeases(var replyTo) -> replyTo.tell(new Leases(accounts.table.held()));
        }
        arm();
        return this;
    }

    // Grants and ends

    private void onAcquire(Acquire acquire) {
        Problem invalid = LockRequests.problemOf(acquire.owner(), acquire.request());
        if (invalid != null) {
            acquire.refuse(invalid);
            return;
        }
        long number = ++accounts.lastWish;
        accounts.callers.put(number, acquire);
        accounts.requests++;
        seed.instruments.lockRequested();
        settle(accounts.table.acquire(LockRequests.wish(number, acquire), now()));
        if (accounts.callers.containsKey(number)) {
            accounts.waited++;
            seed.instruments.lockWaited();
        }
    }

    private void onRenew(LockName lock, Handle handle, ActorRef<ManagerReply> replyTo) {
        settle(accounts.table.pass(now()));
        HeldLease named = named(lock, handle);
        Problem forbidden = forbidden(handle, named);
        if (forbidden != null) {
            replyTo.tell(new ManagerReply.Refused(forbidden));
        } else if (named != null && accounts.table.isWithheld(lock)) {
            replyTo.tell(new ManagerReply.Refused(LockRequests.beingCleanedUp(named)));
        } else if (named == null || !accounts.table.renew(lock, named.token(), now())) {
            replyTo.tell(new ManagerReply.Refused(LockRequests.noLongerHeld(lock, handle, accounts.table.held(lock))));
        } else {
            tell(replyTo, new Renewed(lease(named)));
        }
    }

    /**
     * Answered as soon as it is decided: if that is lost with the node, the lease comes back and runs out, so the lock is
     * late and never held twice. Whoever gets the lock next is told once both are stored. While nobody waits for it, it is
     * left to the next write, so that a lock that is taken again right away costs one write and not two.
     */
    private void onRelease(LockName lock, Handle handle, ActorRef<ManagerReply> replyTo) {
        HeldLease named = named(lock, handle);
        Problem forbidden = forbidden(handle, named);
        if (forbidden != null) {
            replyTo.tell(new ManagerReply.Refused(forbidden));
        } else if (named == null) {
            accounts.releasesOfOthers++;
            replyTo.tell(new Released(false));
        } else if (accounts.table.isWithheld(lock)) {
            replyTo.tell(new ManagerReply.Refused(LockRequests.beingCleanedUp(named)));
        } else {
            LockDecision decision = accounts.table.release(lock, named.token(), now());
            settle(decision, !decision.outcomes().isEmpty());
            replyTo.tell(new Released(LockRequests.isReleased(decision, lock, named.token())));
        }
    }

    /** The lease that a handle names, if it holds the lock now. */
    private @Nullable HeldLease named(LockName lock, Handle handle) {
        HeldLease held = accounts.table.held(lock);
        return held != null && id(held).equals(handle.id()) ? held : null;
    }

    /** What a handle must not be used for; a lease that has ended is no breach. */
    private @Nullable Problem forbidden(Handle handle, @Nullable HeldLease named) {
        var expected = new Expectation(
                HandleType.LEASE,
                seed.channel,
                seed.incarnation,
                named == null ? null : handle(named),
                null,
                Set.of(),
                new Expectation.Quota(accounts.table.leases(), Limits.LEASES_MAX),
                List.of());
        Problem problem =
                accounts.guard.forbidden(Reference.to(handle), expected).orElse(null);
        if (problem != null) {
            accounts.boundaryViolations++;
            LOG.warn("A handle was refused: {}", problem.detail());
        }
        return problem;
    }

    /** What the end of an attempt does to the table. */
    @FunctionalInterface
    private interface EndOfAttempt {
        LockDecision decide(JobId job, long epoch, Moment now);
    }

    private void onReleaseAll(AttemptId attempt, EndOfAttempt end, ActorRef<AllReleased> replyTo) {
        List<HeldLease> before = accounts.table.held(attempt.job(), attempt.epoch());
        LockDecision decision = end.decide(attempt.job(), attempt.epoch(), now());
        settle(decision);
        List<HeldLease> left = accounts.table.held(attempt.job(), attempt.epoch());
        replyTo.tell(new AllReleased(attempt, LockRequests.ended(decision, before), left));
    }

    private void onTick() {
        timerAtNanos = NEVER;
        settle(accounts.table.pass(now()));
    }

    /** Sends what changed to be stored now, and answers those whose wish has ended. */
    private void settle(LockDecision decision) {
        settle(decision, true);
    }

    /** @param isAwaited false if what changed may wait for the next write */
    private void settle(LockDecision decision, boolean isAwaited) {
        if (!decision.changes().isEmpty()) {
            decision.changes().forEach(this::count);
            long number = accounts.unstored.next();
            accounts.lastAwaited = isAwaited ? number : accounts.lastAwaited;
            seed.reports.tell(new ChannelReport.LocksChanged(
                    seed.incarnation,
                    number,
                    decision.changes(),
                    isAwaited,
                    getContext().getSelf()));
            watchInversions(decision);
        }
        decision.outcomes().forEach(this::answer);
        seed.instruments.leases().add(accounts.table.leases() - accounts.leasesShown);
        accounts.leasesShown = accounts.table.leases();
        seed.instruments.lockWaiters().add(accounts.table.waiters() - accounts.waitersShown);
        accounts.waitersShown = accounts.table.waiters();
    }

    private void count(LockChange change) {
        if (change instanceof LockChange.Granted) {
            accounts.granted++;
        } else if (change instanceof LockChange.Released released && released.reason() == LockChange.Reason.EXPIRED) {
            accounts.expired++;
        }
    }

    private void answer(LockOutcome outcome) {
        Acquire caller = accounts.callers.remove(outcome.wish());
        if (caller == null) {
            return;
        }
        switch (outcome) {
            case LockOutcome.Granted(var _, var lease, var warnings) ->
                tell(caller.replyTo(), new Acquired(new LockAnswer.Granted(lease(lease), warnings)));
            case LockOutcome.TimedOut(var _, var holder) -> {
                accounts.timeouts++;
                tell(
                        caller.replyTo(),
                        new Acquired(LockRequests.notGranted(caller.request().lock(), holder)));
            }
            case LockOutcome.Refused(var _, var problem) -> {
                accounts.refused++;
                seed.instruments.lockRefused();
                tell(caller.replyTo(), new ManagerReply.Refused(problem));
            }
        }
    }

    /** Tells it once everything that was decided so far is stored. */
    private void tell(ActorRef<ManagerReply> replyTo, ManagerReply reply) {
        whenStored(() -> replyTo.tell(reply), problem -> replyTo.tell(new ManagerReply.Refused(problem)));
    }

    /** As {@link #tell}. If it is never stored the channel and its cleanup end, and nobody waits for it. */
    private <T> void tellCleanup(ActorRef<T> replyTo, T reply) {
        whenStored(() -> replyTo.tell(reply), _ -> {});
    }

    private void whenStored(Runnable tell, Consumer<Problem> refuse) {
        if (accounts.lastAwaited < accounts.unstored.lastSent()) {
            accounts.lastAwaited = accounts.unstored.lastSent();
            seed.reports.tell(new ChannelReport.LocksAwaited());
        }
        accounts.unstored.whenStored(tell, refuse);
    }

    private void onStored(long number) {
        accounts.unstored.stored(number, _ -> {
            // Nobody but those who wait for an answer does anything for a lease.
        });
    }

    private void onForgetAll() {
        accounts.refuseAll(ManagerProblems.deleted(COMPONENT, seed.channel, "locks"));
        accounts.table = new LockTable(seed.incarnation, seed.node, accounts.table.lastToken(), List.of(), now());
        settle(new LockDecision(List.of(), List.of()));
        clearInversion();
        seed.reports.tell(new ChannelReport.LocksForgotten());
    }

    // Cleanup of the channel

    private void onWithhold(ActorRef<Withheld> replyTo) {
        accounts.cleanedUp = 0;
        accounts.cleanedUpIds.clear();
        settle(accounts.table.withhold(now()));
        tellCleanup(replyTo, new Withheld(accounts.table.withheld()));
    }

    private void onRestore(ActorRef<Restored> replyTo) {
        settle(accounts.table.restore(now()));
        tellCleanup(replyTo, new Restored());
    }

    private void onReleaseWithheld(ActorRef<WithheldReleased> replyTo) {
        accounts.cleanedUp += accounts.table.withheld();
        rememberCleanedUp();
        settle(accounts.table.releaseWithheld(now()));
        tellCleanup(replyTo, new WithheldReleased(accounts.cleanedUp, accounts.cleanedUpIds));
    }

    private void rememberCleanedUp() {
        accounts.table.held().stream()
                .filter(lease -> accounts.table.isWithheld(lease.lock()))
                .limit(Math.max(0, Limits.RESOURCES_NOTED_IDS_MAX - accounts.cleanedUpIds.size()))
                .map(LockManager::id)
                .forEach(accounts.cleanedUpIds::add);
    }

    // Inverted orders

    private void watchInversions(LockDecision decision) {
        for (LockOutcome outcome : decision.outcomes()) {
            if (outcome instanceof LockOutcome.Granted granted
                    && !granted.warnings().isEmpty()) {
                accounts.inversions += granted.warnings().size();
                String warning = granted.warnings().getFirst();
                LOG.warn("{}", warning);
                accounts.isInverted = true;
                seed.reports.tell(new ChannelReport.ConditionRaised(
                        new Condition(INVERTED, warning, Instant.ofEpochMilli(now().millis()))));
            }
        }
        if (accounts.isInverted && !accounts.table.isInverted()) {
            clearInversion();
        }
    }

    private void clearInversion() {
        if (accounts.isInverted) {
            accounts.isInverted = false;
            seed.reports.tell(new ChannelReport.ConditionCleared(INVERTED));
        }
    }

    // Showing

    private void onListLocks(ActorRef<ManagerReply> replyTo) {
        tell(replyTo, new Listed(accounts.table.views(now())));
    }

    private Lease lease(HeldLease held) {
        return new Lease(
                handle(held), held.lock(), held.owner(), held.token(), accounts.table.expiresAt(held.lock(), now()));
    }

    private Handle handle(HeldLease held) {
        return seed.seals.seal(HandleType.LEASE, id(held), seed.channel, held.incarnation(), held.node());
    }

    private static String id(HeldLease held) {
        return held.lock() + "-" + held.token();
    }

    // Time

    /** The timer is left alone when what it waits for has ended, so short leases cost none. */
    private void arm() {
        long next = accounts.table.nextNanos();
        if (next < timerAtNanos) {
            timerAtNanos = next;
            long delay = Math.max(1_000_000, next - now().nanos());
            timers.startSingleTimer(Tick.INSTANCE, Tick.INSTANCE, Duration.ofNanos(delay));
        }
    }

    private Moment now() {
        return seed.clock.get();
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            seed.instruments.managerRestarted();
        } else if (signal instanceof PostStop) {
            leave();
        }
        return this;
    }

    /** The channel starts again or leaves this node: what was decided may or may not be stored. */
    private void leave() {
        accounts.refuseAll(ManagerProblems.moved(
                COMPONENT,
                seed.channel,
                "Whether it took effect is unknown. Send it again with the same Idempotency-Key: a lock that was"
                        + " granted to it is then found."));
        seed.instruments.leases().add(-accounts.leasesShown);
        seed.instruments.lockWaiters().add(-accounts.waitersShown);
    }
}
