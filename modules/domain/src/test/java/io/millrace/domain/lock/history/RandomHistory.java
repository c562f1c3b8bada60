package io.millrace.domain.lock.history;

import io.millrace.contracts.JobId;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.simulation.BrokenPromise;
import io.millrace.domain.channel.simulation.SeededRandom;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockOutcome;
import io.millrace.domain.lock.LockWish;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One life of a channel's locks: owners that take, give back, renew, ask again, are forgotten or die, and takeovers in
 * between. When it ends, time passes until nothing is held.
 */
final class RandomHistory {
    private static final int STEPS = 80;
    private static final long SECOND = 1_000_000_000L;
    private static final Moment BEGIN = new Moment(0, 1_750_000_000_000L);

    private final SeededRandom random;
    private final Flaw flaw;
    private final long seed;
    private final LockRules rules = new LockRules();
    private final List<Object> trace = new ArrayList<>();
    private final Map<String, Integer> sightings = new TreeMap<>();
    private final List<LockName> locks = new ArrayList<>();
    private final List<Owner> owners = new ArrayList<>();
    private final List<LockWish> sent = new ArrayList<>();
    private final List<HeldLease> ended = new ArrayList<>();
    private final boolean hasLevels;
    private TableUnderTest table;
    private Moment now = BEGIN;
    private long incarnation = 1;
    private long lastWish;

    private RandomHistory(long seed, Flaw flaw) {
        this.seed = seed;
        this.flaw = flaw;
        this.random = new SeededRandom(seed);
        this.table = new TableUnderTest(flaw, incarnation, 0, List.of(), now);
        this.hasLevels = random.percent(60);
        int lockCount = random.between(1, 6);
        for (int i = 0; i < lockCount; i++) {
            locks.add(new LockName("lock-" + i));
        }
        int ownerCount = random.between(2, 7);
        for (int i = 0; i < ownerCount; i++) {
            owners.add(random.percent(40) ? attempt(i, 1) : Owner.named("owner-" + i));
        }
    }

    /**
     * Plays a history to its end.
     *
     * @return what was met in it, by name
     * @throws BrokenPromise with the seed and every step, as soon as a rule is broken
     */
    static Map<String, Integer> run(long seed, Flaw flaw) {
        RandomHistory history = new RandomHistory(seed, flaw);
        try {
            for (int step = 0; step < STEPS; step++) {
                history.step();
            }
            history.letEverythingEnd();
        } catch (BrokenPromise | IllegalStateException | NullPointerException broken) {
            BrokenPromise named = new BrokenPromise(history.told(broken));
            named.initCause(broken);
            throw named;
        }
        return history.sightings;
    }

    private String told(Throwable broken) {
        var story = new StringBuilder(String.valueOf(broken.getMessage()))
                .append("\nReplay with -Dlock.seed=")
                .append(seed)
                .append(" and flaw ")
                .append(flaw);
        trace.forEach(line -> story.append("\n  ").append(line));
        return story.toString();
    }

    private void step() {
        advance();
        int chance = random.between(1, 100);
        if (chance <= 55) {
            acquire();
        } else if (chance <= 72) {
            release();
        } else if (chance <= 78) {
            renew();
        } else if (chance <= 88) {
            letTimePass();
        } else if (chance <= 94) {
            endAttempt();
        } else if (chance <= 98) {
            cleanUp();
        } else {
            takeOver();
        }
        rules.check(table, now);
    }

    private void advance() {
        long next = table.nextNanos();
        boolean toNext = next != Long.MAX_VALUE && random.percent(10);
        long nanos = toNext ? next - now.nanos() : random.between(0, 2_000) * 1_000_000L;
        now = new Moment(now.nanos() + nanos, now.millis() + nanos / 1_000_000);
    }

    private void acquire() {
        LockWish wish = !sent.isEmpty() && random.percent(20) ? again(random.oneOf(sent)) : newWish();
        if (wish.requestKey() != null) {
            sent.add(wish);
        }
        LockDecision decision = table.acquire(wish, now);
        note(wish, decision);
        rules.acquired(wish, decision, now);
    }

    private LockWish newWish() {
        int lock = random.between(0, locks.size() - 1);
        long number = ++lastWish;
        return new LockWish(
                number,
                random.oneOf(owners),
                locks.get(lock),
                level(lock),
                random.between(1, 20) * 1_000L,
                random.percent(20) ? 0 : random.between(1, 15_000) * 1_000_000L,
                random.percent(30) ? "key-" + number : null);
    }

    /** A sender that heard nothing sends the same again. */
    private LockWish again(LockWish wish) {
        return new LockWish(
                ++lastWish,
                wish.owner(),
                wish.lock(),
                wish.level(),
                wish.ttlMillis(),
                wish.waitNanos(),
                wish.requestKey());
    }

    private @Nullable Integer level(int lock) {
        if (!hasLevels || random.percent(20)) {
            return null;
        }
        return random.percent(3) ? random.between(0, 60) : lock * 10;
    }

    private void release() {
        HeldLease lease = aLease();
        if (lease == null) {
            letTimePass();
            return;
        }
        LockDecision decision = table.release(lease.lock(), lease.token(), now);
        note("release " + lease, decision);
        rules.released(lease.lock(), lease.token(), decision, now);
        ended.add(lease);
    }

    private void renew() {
        HeldLease lease = aLease();
        letTimePass();
        if (lease != null) {
            boolean isRenewed = table.renew(lease.lock(), lease.token(), now);
            trace.add("renew " + lease + ": " + isRenewed);
            rules.renewed(lease.lock(), lease.token(), isRenewed, now);
        }
    }

    /** One that is held, most of the time. */
    private @Nullable HeldLease aLease() {
        List<HeldLease> candidates = ended.isEmpty() || random.percent(75) ? rules.leases() : ended;
        return candidates.isEmpty() ? null : random.oneOf(candidates);
    }

    private void letTimePass() {
        LockDecision decision = table.pass(now);
        note("time", decision);
        rules.timePassed(decision, now);
    }

    private void endAttempt() {
        int index = random.between(0, owners.size() - 1);
        Owner owner = owners.get(index);
        if (owner.isAttempt()) {
            if (random.percent(30)) {
                endForCertain(owner);
            } else {
                end(owner);
            }
            owners.set(index, attempt(index, owner.epoch() + 1));
        } else {
            letTimePass();
        }
    }

    /** A cleanup of the channel goes on by one step. A step may be told twice, or come without the one before it. */
    private void cleanUp() {
        switch (random.between(1, 3)) {
            case 1 -> restore();
            case 2 -> {
                LockDecision decision = table.releaseWithheld(now);
                note("the cleanup has succeeded", decision);
                rules.cleanedUp(decision, now);
            }
            default -> {
                LockDecision decision = table.withhold(now);
                note("a cleanup withholds the leases", decision);
                rules.withheld(decision, now);
            }
        }
    }

    private void restore() {
        LockDecision decision = table.restore(now);
        note("the cleanup was taken back", decision);
        rules.restored(decision, now);
    }

    private void end(Owner attempt) {
        LockDecision decision = table.releaseAll(attempt, now);
        note("end of " + attempt, decision);
        rules.ended(attempt, decision, now);
    }

    /** One of an earlier life of the channel cannot run any more, or one of this life has ended, which is the same. */
    private void endForCertain(Owner attempt) {
        boolean holdsOfEarlierLife = rules.leases().stream()
                .anyMatch(lease -> lease.owner().equals(attempt) && lease.incarnation() < incarnation);
        if (holdsOfEarlierLife) {
            sightings.merge("Given back of an earlier life", 1, Integer::sum);
        }
        LockDecision decision = table.releaseAllOfEarlierLives(attempt, now);
        note("certain end of " + attempt, decision);
        rules.overForCertain(attempt, decision, now);
    }

    /** Everything decided so far is stored; what waits is not. */
    private void takeOver() {
        letTimePass();
        // What an earlier life was asked never reaches a later one.
        sent.removeIf(wish -> wish.owner().isAttempt() && !owners.contains(wish.owner()));
        table = new TableUnderTest(flaw, ++incarnation, table.lastToken(), rules.leases(), now);
        note("takeover", new LockDecision(List.of(), List.of()));
        rules.takenOver(now);
    }

    private void letEverythingEnd() {
        restore();
        for (Owner owner : owners) {
            if (owner.isAttempt()) {
                end(owner);
            }
        }
        while (table.nextNanos() != Long.MAX_VALUE) {
            long nanos = table.nextNanos();
            now = new Moment(nanos, now.millis() + (nanos - now.nanos()) / 1_000_000);
            letTimePass();
            rules.check(table, now);
            end(random.oneOf(attempts()));
        }
        rules.nothingIsLeft();
    }

    private List<Owner> attempts() {
        List<Owner> attempts = owners.stream().filter(Owner::isAttempt).toList();
        return attempts.isEmpty() ? List.of(attempt(0, 0)) : attempts;
    }

    private void note(Object step, LockDecision decision) {
        trace.add(now.nanos() + ": " + step);
        trace.addAll(decision.changes());
        trace.addAll(decision.outcomes());
        if (flaw == Flaw.NONE) {
            decision.changes().forEach(this::see);
            decision.outcomes().forEach(this::see);
        }
    }

    private void see(Object what) {
        String name = what.getClass().getSimpleName();
        switch (what) {
            case LockOutcome.Refused refused -> name += " " + refused.problem().code();
            case LockOutcome.Granted granted -> name += granted.warnings().isEmpty() ? " outcome" : " with warning";
            case LockChange.Released released -> name += " " + released.reason();
            default -> {}
        }
        sightings.merge(name, 1, Integer::sum);
    }

    private static Owner attempt(int index, long epoch) {
        return new Owner("attempt-" + index + "-" + epoch, JobId.parse("0" + String.format("%025d", index + 1)), epoch);
    }
}
