package io.millrace.domain.lock;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The locks of one channel: who holds which, who waits, and in which order they may be taken. Pure: time comes in as an
 * argument, and what has to be stored or told comes out as a {@link LockDecision}.
 *
 * <p><b>Leases</b> of owners that a caller named end when their time to live is up. A lease of an attempt lasts as long as
 * the attempt, for the channel sees its end; one that an earlier life of the channel granted runs out like any other,
 * because the attempt may still be alive on a node that is cut off. Once it is over for certain it is given back early.
 *
 * <p><b>Order.</b> Where levels are declared, a lock at or below the highest level its owner holds is refused, when it is
 * wished for and again when its turn comes. Where they are not, the order of grants is learnt and its inversion reported.
 *
 * <p><b>Cleanup</b> withholds the leases that no attempt has: they keep their locks, and neither their holders nor the
 * clock can end them, until they are given back or ended together. Meanwhile no lock is granted, not even a free one.
 *
 * <p><b>Circles</b> can close only when a wish begins to wait: from then on it waits for the holder and for everybody ahead
 * of it, and what happens later only takes such edges away. So one look at that moment is enough, and the wish that closes
 * a circle is the youngest in it.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class LockTable {
    private static final long NEVER = Long.MAX_VALUE;

    private final long incarnation;
    private final String node;
    private final Map<LockName, LockState> locks = new TreeMap<>();
    private final Map<Owner, OwnerState> owners = new HashMap<>();
    private final NavigableSet<Timed> timeline = new TreeSet<>(Timed.EARLIEST_FIRST);
    private final LearntOrder learnt = new LearntOrder(Limits.LOCK_ORDERS_MAX);
    private final Set<Attempt> ended = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Attempt, Boolean> eldest) {
            return size() > Limits.ENDED_LOCK_OWNERS_MAX;
        }
    });
    private long lastToken;
    private long lastTurn;
    private int leases;
    private int waiters;
    private boolean isClosed;

    /**
     * @param incarnation of the channel
     * @param node that owns it
     * @param lastToken highest token granted so far
     * @param stored leases of earlier lives; each gets its full time to live again. Those of attempts that this life has
     *     taken over last until these end
     */
    public LockTable(long incarnation, String node, long lastToken, Collection<HeldLease> stored, Moment now) {
        this.incarnation = incarnation;
        this.node = node;
        this.lastToken = lastToken;
        for (HeldLease lease : stored) {
            LockState lock = lock(lease.lock());
            lock.level = lease.level();
            hold(lock, new Holding(lease, endsNanos(lease, now), ++lastTurn, lease.level()));
        }
    }

    /** An attempt as an owner, whatever it is called. */
    private record Attempt(JobId job, long epoch) {}

    // Wishes

    /** Grants a wish, lets it wait, or refuses it. */
    public LockDecision acquire(LockWish wish, Moment now) {
        LockDecision decision = pass(now);
        LockState lock = lock(wish.lock());
        if (isClosed && !mayOutwaitCleanup(wish)) {
            decision.outcomes().add(new LockOutcome.Refused(wish.number(), LockRefusals.beingCleanedUp(wish.lock())));
        } else if (!isRepeated(wish, lock, decision)) {
            Problem refusal = refusal(wish, lock);
            if (refusal != null) {
                decision.outcomes().add(new LockOutcome.Refused(wish.number(), refusal));
            } else {
                grantOrWait(wish, lock, now, decision);
            }
        }
        forgetIfUnused(lock);
        return decision;
    }

    /** An attempt goes on behind a cleanup, and waits for that as it waits for anybody else. */
    private static boolean mayOutwaitCleanup(LockWish wish) {
        return wish.owner().isAttempt() && wish.waitNanos() > 0;
    }

    /** A wish that was sent again gets what the first one got: its lease, or its place in the queue. */
    private boolean isRepeated(LockWish wish, LockState lock, LockDecision decision) {
        if (wish.requestKey() == null) {
            return false;
        }
        HeldLease held = lock.lease();
        if (held != null
                && held.owner().equals(wish.owner())
                && wish.requestKey().equals(held.requestKey())) {
            decision.outcomes().add(new LockOutcome.Granted(wish.number(), held, List.of()));
            return true;
        }
        for (int place = 0; place < lock.queue.size(); place++) {
            Waiter first = lock.queue.get(place);
            if (first.wish.owner().equals(wish.owner()) && wish.requestKey().equals(first.wish.requestKey())) {
                takePlace(wish, first, place, decision);
                return true;
            }
        }
        return false;
    }

    private void takePlace(LockWish wish, Waiter first, int place, LockDecision decision) {
        Waiter again = new Waiter(wish, first.lock, first.endsNanos, first.turn, first.sinceMillis);
        first.lock.queue.set(place, again);
        OwnerState owner = owner(wish.owner());
        owner.waits.set(owner.waits.indexOf(first), again);
        timeline.remove(first);
        timeline.add(again);
        decision.outcomes().add(new LockOutcome.Refused(first.wish.number(), LockRefusals.askedAgain(first.lock.name)));
    }

    private @Nullable Problem refusal(LockWish wish, LockState lock) {
        JobId job = wish.owner().job();
        if (job != null && ended.contains(new Attempt(job, wish.owner().epoch()))) {
            return LockRefusals.ownerEnded(wish.owner());
        }
        if (wish.owner().equals(lock.holder())) {
            return LockRefusals.alreadyHeld(wish.owner(), wish.lock());
        }
        OwnerState owner = owners.get(wish.owner());
        if (owner != null && owner.waits.stream().anyMatch(waiter -> waiter.lock == lock)) {
            return LockRefusals.alreadyWaiting(wish.owner(), wish.lock());
        }
        if (wish.level() != null && lock.level != null && !wish.level().equals(lock.level)) {
            return LockRefusals.otherLevel(wish.lock(), wish.level(), lock.level);
        }
        return outOfOrder(wish, lock);
    }

    private @Nullable Problem outOfOrder(LockWish wish, LockState lock) {
        Integer level = level(wish, lock);
        OwnerState owner = owners.get(wish.owner());
        if (level == null || owner == null) {
            return null;
        }
        Holding highest = null;
        for (Holding holding : owner.holdings) {
            if (holding.level != null && (highest == null || holding.level > Objects.requireNonNull(highest.level))) {
                highest = holding;
            }
        }
        if (highest == null || highest.level == null || level > highest.level) {
            return null;
        }
        return LockRefusals.outOfOrder(wish.owner(), wish.lock(), level, highest.lease, highest.level, lock.holder());
    }

    private static @Nullable Integer level(LockWish wish, LockState lock) {
        return wish.level() == null ? lock.level : wish.level();
    }

    private void grantOrWait(LockWish wish, LockState lock, Moment now, LockDecision decision) {
        if (lock.isUnused() && !isClosed) {
            if (leases >= Limits.LEASES_MAX) {
                decision.outcomes().add(new LockOutcome.Refused(wish.number(), LockRefusals.tooManyLeases()));
            } else {
                grant(wish, lock, now, decision);
            }
        } else if (wish.waitNanos() <= 0) {
            decision.outcomes().add(new LockOutcome.TimedOut(wish.number(), lock.lease()));
        } else if (waiters >= Limits.LOCK_WAITERS_MAX) {
            decision.outcomes().add(new LockOutcome.Refused(wish.number(), LockRefusals.tooManyWaiters()));
        } else {
            await(wish, lock, now, decision);
        }
    }

    private void await(LockWish wish, LockState lock, Moment now, LockDecision decision) {
        Waiter waiter = new Waiter(wish, lock, now.nanos() + wish.waitNanos(), ++lastTurn, now.millis());
        lock.queue.add(waiter);
        owner(wish.owner()).waits.add(waiter);
        timeline.add(waiter);
        waiters++;
        List<LockGraph.Wait> circle = WaitSearch.circleThrough(wish.owner(), owners);
        if (!circle.isEmpty()) {
            withdraw(waiter);
            LockName held = circle.getLast().lock();
            List<LockGraph.Order> order = learnt.path(held, lock.name);
            decision.outcomes()
                    .add(new LockOutcome.Refused(
                            wish.number(),
                            LockRefusals.circle(circle, order.isEmpty() ? learnt.path(lock.name, held) : order)));
        } else if (lock.level == null) {
            lock.level = wish.level();
        }
    }

    // Grants and ends

    private void grant(LockWish wish, LockState lock, Moment now, LockDecision decision) {
        Integer level = level(wish, lock);
        HeldLease lease = new HeldLease(
                lock.name,
                wish.owner(),
                ++lastToken,
                level,
                wish.ttlMillis(),
                now.millis(),
                incarnation,
                node,
                wish.requestKey());
        Holding holding = new Holding(lease, endsNanos(lease, now), ++lastTurn, level);
        learn(holding, now);
        lock.level = level;
        hold(lock, holding);
        decision.changes().add(new LockChange.Granted(lease));
        decision.outcomes()
                .add(new LockOutcome.Granted(wish.number(), lease, List.copyOf(holding.inversions.values())));
    }

    /** The lease of an attempt lasts until that ends, unless only an earlier life of the channel knew of the attempt. */
    private long endsNanos(HeldLease lease, Moment now) {
        boolean lastsWithAttempt = lease.owner().isAttempt() && lease.incarnation() == incarnation;
        return lastsWithAttempt ? NEVER : now.nanos() + nanos(lease.ttlMillis());
    }

    /** Two declared levels are an order already. */
    private void learn(Holding taken, Moment now) {
        OwnerState owner = owners.get(taken.lease.owner());
        if (owner == null) {
            return;
        }
        for (Holding held : owner.holdings) {
            if (taken.level == null || held.level == null) {
                List<LockGraph.Order> opposite =
                        learnt.observe(held.lease.lock(), taken.lease.lock(), taken.lease.owner(), now.millis());
                if (!opposite.isEmpty()) {
                    taken.inversions.put(
                            held.lease.lock(),
                            LockRefusals.inverted(taken.lease.owner(), taken.lease.lock(), held.lease, opposite));
                }
            }
        }
    }

    private void hold(LockState lock, Holding holding) {
        lock.holding = holding;
        owner(holding.lease.owner()).holdings.add(holding);
        if (holding.endsNanos != NEVER) {
            timeline.add(holding);
        }
        leases++;
    }

    /** Ends a lease and gives the lock to the next one in the queue. */
    private void end(LockState lock, Holding holding, LockChange.Reason reason, Moment now, LockDecision decision) {
        lock.holding = null;
        timeline.remove(holding);
        leases--;
        OwnerState owner = owner(holding.lease.owner());
        owner.holdings.remove(holding);
        forgetIfIdle(holding.lease.owner(), owner);
        decision.changes().add(new LockChange.Released(lock.name, holding.lease.token(), reason));
        serve(lock, now, decision);
        forgetIfUnused(lock);
    }

    /** Gives a free lock to the first in its queue who may have it. */
    private void serve(LockState lock, Moment now, LockDecision decision) {
        while (!isClosed && lock.holding == null && !lock.queue.isEmpty()) {
            Waiter next = lock.queue.getFirst();
            withdraw(next);
            Problem refusal = leases >= Limits.LEASES_MAX ? LockRefusals.tooManyLeases() : outOfOrder(next.wish, lock);
            if (refusal == null) {
                grant(next.wish, lock, now, decision);
            } else {
                decision.outcomes().add(new LockOutcome.Refused(next.wish.number(), refusal));
            }
        }
    }

    private void withdraw(Waiter waiter) {
        waiter.lock.queue.remove(waiter);
        timeline.remove(waiter);
        waiters--;
        OwnerState owner = owner(waiter.wish.owner());
        owner.waits.remove(waiter);
        forgetIfIdle(waiter.wish.owner(), owner);
    }

    /**
     * Gives a lease back.
     *
     * @param token of the lease; another one's changes nothing, nor does that of a withheld one, and then the decision has
     *     no change of this lock
     */
    public LockDecision release(LockName name, long token, Moment now) {
        LockDecision decision = pass(now);
        LockState lock = locks.get(name);
        if (lock != null && lock.holding != null && lock.holding.lease.token() == token && !lock.holding.isWithheld) {
            end(lock, lock.holding, LockChange.Reason.RELEASED, now, decision);
        }
        return decision;
    }

    /**
     * An attempt has ended: it gives back what it holds, waits no longer, and gets nothing it asked for before and that
     * arrives late. What it holds from an earlier life of the channel is left to run out.
     */
    public LockDecision releaseAll(JobId job, long epoch, Moment now) {
        return releaseAll(job, epoch, lease -> lease.incarnation() == incarnation, now);
    }

    /**
     * An attempt of an earlier life of the channel is over for certain, wherever it ran: as {@link #releaseAll}, and what
     * that life granted it is given back, too. Whoever asks knows that the attempt can do nothing more; what is given back
     * before may be used by two.
     */
    public LockDecision releaseAllOfEarlierLives(JobId job, long epoch, Moment now) {
        return releaseAll(job, epoch, _ -> true, now);
    }

    private LockDecision releaseAll(JobId job, long epoch, Predicate<HeldLease> isToEnd, Moment now) {
        LockDecision decision = pass(now);
        ended.add(new Attempt(job, epoch));
        List<Owner> names = namesOf(job, epoch);
        names.forEach(name -> endWaits(name, decision));
        names.forEach(name -> endLeases(name, isToEnd, now, decision));
        return decision;
    }

    /** What an attempt is called that holds something or waits for it. */
    private List<Owner> namesOf(JobId job, long epoch) {
        return owners.keySet().stream()
                .filter(name -> job.equals(name.job()) && epoch == name.epoch())
                .toList();
    }

    private void endWaits(Owner name, LockDecision decision) {
        for (Waiter waiter : List.copyOf(owner(name).waits)) {
            withdraw(waiter);
            decision.outcomes().add(new LockOutcome.Refused(waiter.wish.number(), LockRefusals.ownerEnded(name)));
            forgetIfUnused(waiter.lock);
        }
        forgetIfIdle(name, owner(name));
    }

    private void endLeases(Owner name, Predicate<HeldLease> isToEnd, Moment now, LockDecision decision) {
        for (Holding holding : List.copyOf(owner(name).holdings)) {
            LockState lock = locks.get(holding.lease.lock());
            if (lock != null && isToEnd.test(holding.lease)) {
                end(lock, holding, LockChange.Reason.OWNER_ENDED, now, decision);
            }
        }
        forgetIfIdle(name, owner(name));
    }

    /** Starts a lease's time to live anew. False if it is not held, or withheld. */
    public boolean renew(LockName name, long token, Moment now) {
        LockState lock = locks.get(name);
        if (lock == null || lock.holding == null || lock.holding.lease.token() != token) {
            return false;
        }
        Holding holding = lock.holding;
        if (holding.isWithheld) {
            return false;
        }
        if (holding.endsNanos != NEVER) {
            if (holding.endsNanos <= now.nanos()) {
                return false;
            }
            timeline.remove(holding);
            holding.endsNanos = now.nanos() + nanos(holding.lease.ttlMillis());
            timeline.add(holding);
        }
        return true;
    }

    /** Lets time pass: leases that were not renewed end, and who has waited long enough is told so. */
    public LockDecision pass(Moment now) {
        LockDecision decision = new LockDecision();
        pass(now, decision);
        return decision;
    }

    private void pass(Moment now, LockDecision decision) {
        while (!timeline.isEmpty() && timeline.first().endsNanos <= now.nanos()) {
            switch (timeline.first()) {
                case Holding holding -> {
                    LockState lock = Objects.requireNonNull(locks.get(holding.lease.lock()));
                    end(lock, holding, LockChange.Reason.EXPIRED, now, decision);
                }
                case Waiter waiter -> {
                    withdraw(waiter);
                    decision.outcomes().add(new LockOutcome.TimedOut(waiter.wish.number(), waiter.lock.lease()));
                    forgetIfUnused(waiter.lock);
                }
            }
        }
    }

    // Cleanup of the channel

    /**
     * Withholds every lease that no attempt has, and grants nothing until {@link #restore} or {@link #releaseWithheld}. Who
     * waits is refused, except attempts. Doing so again changes nothing.
     */
    public LockDecision withhold(Moment now) {
        LockDecision decision = pass(now);
        if (isClosed) {
            return decision;
        }
        isClosed = true;
        for (LockState lock : List.copyOf(locks.values())) {
            if (lock.holding != null && !lock.holding.lease.owner().isAttempt()) {
                lock.holding.isWithheld = true;
                timeline.remove(lock.holding);
            }
            for (Waiter waiter : List.copyOf(lock.queue)) {
                if (!mayOutwaitCleanup(waiter.wish)) {
                    withdraw(waiter);
                    decision.outcomes()
                            .add(new LockOutcome.Refused(waiter.wish.number(), LockRefusals.beingCleanedUp(lock.name)));
                }
            }
            forgetIfUnused(lock);
        }
        return decision;
    }

    /** Gives withheld leases back to their holders, except those whose time is over by now, and grants locks again. */
    public LockDecision restore(Moment now) {
        LockDecision decision = new LockDecision();
        isClosed = false;
        for (Holding holding : withheldHoldings()) {
            holding.isWithheld = false;
            timeline.add(holding);
        }
        pass(now, decision);
        serveFreeLocks(now, decision);
        return decision;
    }

    /** Ends every withheld lease and grants locks again. */
    public LockDecision releaseWithheld(Moment now) {
        LockDecision decision = pass(now);
        isClosed = false;
        for (Holding holding : withheldHoldings()) {
            LockState lock = Objects.requireNonNull(locks.get(holding.lease.lock()));
            end(lock, holding, LockChange.Reason.CLEANED_UP, now, decision);
        }
        serveFreeLocks(now, decision);
        return decision;
    }

    private List<Holding> withheldHoldings() {
        List<Holding> withheld = new ArrayList<>();
        for (LockState lock : locks.values()) {
            if (lock.holding != null && lock.holding.isWithheld) {
                withheld.add(lock.holding);
            }
        }
        return withheld;
    }

    /** Locks that became free during the cleanup. */
    private void serveFreeLocks(Moment now, LockDecision decision) {
        for (LockState lock : List.copyOf(locks.values())) {
            serve(lock, now, decision);
            forgetIfUnused(lock);
        }
    }

    /** When {@link #pass} has something to do next, {@link Long#MAX_VALUE} for never. */
    public long nextNanos() {
        return timeline.isEmpty() ? NEVER : timeline.first().endsNanos;
    }

    private LockState lock(LockName name) {
        return locks.computeIfAbsent(name, LockState::new);
    }

    private OwnerState owner(Owner name) {
        return owners.computeIfAbsent(name, _ -> new OwnerState());
    }

    private void forgetIfUnused(LockState lock) {
        if (lock.isUnused()) {
            locks.remove(lock.name, lock);
        }
    }

    private void forgetIfIdle(Owner name, OwnerState owner) {
        if (owner.holdings.isEmpty() && owner.waits.isEmpty()) {
            owners.remove(name, owner);
        }
    }

    // Views

    /** Highest token granted so far. */
    public long lastToken() {
        return lastToken;
    }

    public int leases() {
        return leases;
    }

    public int waiters() {
        return waiters;
    }

    /** Leases that are withheld. */
    public int withheld() {
        return withheldHoldings().size();
    }

    /** True if the lease of this lock is withheld. */
    public boolean isWithheld(LockName name) {
        LockState lock = locks.get(name);
        return lock != null && lock.holding != null && lock.holding.isWithheld;
    }

    /** The leases that are held now, by lock. */
    public List<HeldLease> held() {
        List<HeldLease> held = new ArrayList<>(leases);
        locks.values().forEach(lock -> {
            if (lock.holding != null) {
                held.add(lock.holding.lease);
            }
        });
        return held;
    }

    /** The leases that an attempt holds now, of earlier lives, too. */
    public List<HeldLease> held(JobId job, long epoch) {
        return namesOf(job, epoch).stream()
                .flatMap(name -> owner(name).holdings.stream())
                .map(holding -> holding.lease)
                .toList();
    }

    /** The lease of a lock, absent if it is free. */
    public @Nullable HeldLease held(LockName name) {
        LockState lock = locks.get(name);
        return lock == null ? null : lock.lease();
    }

    /** When the lease of a lock ends unless it is renewed; absent if it is free or lasts as long as its attempt. */
    public @Nullable Instant expiresAt(LockName name, Moment now) {
        LockState lock = locks.get(name);
        return lock == null || lock.holding == null || lock.holding.endsNanos == NEVER
                ? null
                : now.instantOf(lock.holding.endsNanos);
    }

    public List<LockView> views(Moment now) {
        return locks.values().stream().map(lock -> view(lock, now)).toList();
    }

    /** The lock, as free if nobody holds it or waits for it. */
    public LockView view(LockName name, Moment now) {
        LockState lock = locks.get(name);
        return view(lock == null ? new LockState(name) : lock, now);
    }

    private LockView view(LockState lock, Moment now) {
        HeldLease lease = lock.lease();
        return new LockView(
                lock.name,
                lock.level,
                lock.holder(),
                lease == null ? 0 : lease.token(),
                lease == null ? null : Instant.ofEpochMilli(lease.grantedAtMillis()),
                expiresAt(lock.name, now),
                lock.queue.stream()
                        .map(waiter -> new LockView.Waiter(
                                waiter.wish.owner(),
                                Instant.ofEpochMilli(waiter.sinceMillis),
                                now.instantOf(waiter.endsNanos)))
                        .toList());
    }

    /**
     * These locks in the order in which one owner should take them: those in use with a level in the order of their levels,
     * then the others as learnt, and by name where nothing is known.
     */
    public List<LockName> arranged(Collection<LockName> names) {
        return OrderCheck.arranged(names, locks, learnt);
    }

    public LockGraph graph() {
        List<LockGraph.Wait> waits = new ArrayList<>();
        for (LockState lock : locks.values()) {
            for (int place = 0; place < lock.queue.size(); place++) {
                Waiter waiter = lock.queue.get(place);
                Owner ahead = place == 0
                        ? lock.holder()
                        : lock.queue.get(place - 1).wish.owner();
                if (ahead != null) {
                    waits.add(waiter.forHolder(ahead));
                }
            }
        }
        return new LockGraph(waits, learnt.all());
    }

    /** True while somebody holds locks that were taken in another order than the one learnt. */
    public boolean isInverted() {
        return OrderCheck.isViolated(owners);
    }

    /** Whether everything that is held now was taken in order, and nobody waits in a circle. */
    public HierarchyReport hierarchy() {
        return OrderCheck.report(locks.values(), owners, learnt);
    }

    private static long nanos(long millis) {
        return millis * 1_000_000;
    }
}
