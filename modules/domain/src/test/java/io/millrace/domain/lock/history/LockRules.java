package io.millrace.domain.lock.history;

import static io.millrace.domain.channel.simulation.BrokenPromise.unless;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.simulation.BrokenPromise;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockOutcome;
import io.millrace.domain.lock.LockWish;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a lock table promises, checked after every step against books of its own that follow what the table says it did.
 * It decides nothing itself, so it shares no rule with the table that both could have wrong.
 */
final class LockRules {
    private static final long NEVER = Long.MAX_VALUE;

    private final Map<LockName, Held> held = new TreeMap<>();

    /** Attempts that have ended in this life; what they ask for late is refused. */
    private final Set<Owner> ended = new HashSet<>();

    private final Map<Long, Open> open = new TreeMap<>();
    private final Map<LockName, Set<Integer>> declared = new HashMap<>();
    private final Map<LockName, Set<LockName>> learnt = new HashMap<>();
    /** What a cleanup keeps from its holders. */
    private final Set<LockName> withheld = new HashSet<>();

    private boolean isClosed;
    private long incarnation = 1;
    private long lastToken;

    private record Held(HeldLease lease, long endsNanos) {}

    /** @param place in the queue: lower is served first */
    private record Open(LockWish wish, long place, long untilNanos) {}

    /** What was asked of the table, as far as it justifies what followed. */
    private record Cause(
            @Nullable LockWish wish,
            @Nullable LockName lock,
            long token,
            @Nullable Owner ended,
            boolean isOverForCertain,
            boolean isCleanup,
            boolean isReopening) {
        static final Cause TIME = new Cause(null, null, 0, null, false, false, false);
        static final Cause WITHHOLDING = new Cause(null, null, 0, null, false, true, false);
        static final Cause CLEANED_UP = new Cause(null, null, 0, null, false, true, true);
        /** Whoever waited too long by then may be told so before the free lock is served. */
        static final Cause REOPENING = new Cause(null, null, 0, null, false, false, true);
    }

    // What was done

    void acquired(LockWish wish, LockDecision decision, Moment now) {
        open.put(wish.number(), new Open(wish, wish.number(), now.nanos() + wish.waitNanos()));
        follow(decision, new Cause(wish, null, 0, null, false, false, false), now);
        Open waiting = open.get(wish.number());
        if (waiting != null) {
            unless(wish.waitNanos() > 0, () -> wish + " waits and did not want to");
            unless(!isClosed || wish.owner().isAttempt(), () -> wish + " waits during a cleanup");
            if (waiting.place == wish.number()) {
                checkLevel(wish.owner(), wish.lock(), wish.level());
            }
            declare(wish.lock(), wish.level());
        }
    }

    void released(LockName lock, long token, LockDecision decision, Moment now) {
        follow(decision, new Cause(null, lock, token, null, false, false, false), now);
        unless(
                withheld.contains(lock) || !isHeld(lock, token),
                () -> lock + " with token " + token + " was not given back");
    }

    void withheld(LockDecision decision, Moment now) {
        follow(decision, Cause.WITHHOLDING, now);
        isClosed = true;
        held.forEach((lock, lease) -> {
            if (!lease.lease.owner().isAttempt()) {
                withheld.add(lock);
            }
        });
        unless(
                open.values().stream().allMatch(wish -> wish.wish.owner().isAttempt()),
                () -> "waits during a cleanup: " + open.values());
    }

    void restored(LockDecision decision, Moment now) {
        reopen();
        follow(decision, Cause.REOPENING, now);
    }

    void cleanedUp(LockDecision decision, Moment now) {
        Set<LockName> toEnd = Set.copyOf(withheld);
        Map<LockName, Held> before = new HashMap<>(held);
        reopen();
        follow(decision, Cause.CLEANED_UP, now);
        for (LockName lock : toEnd) {
            unless(
                    !before.containsKey(lock)
                            || !isHeld(lock, before.get(lock).lease.token()),
                    () -> lock + " was not given back by the cleanup");
        }
    }

    private void reopen() {
        isClosed = false;
        withheld.clear();
    }

    void ended(Owner attempt, LockDecision decision, Moment now) {
        follow(decision, new Cause(null, null, 0, attempt, false, false, false), now);
        ended.add(attempt);
        unless(
                held.values().stream()
                        .noneMatch(lease ->
                                lease.lease.owner().equals(attempt) && lease.lease.incarnation() == incarnation),
                () -> attempt + " has ended and still holds a lock");
        unless(
                open.values().stream().noneMatch(wish -> wish.wish.owner().equals(attempt)),
                () -> attempt + " has ended and still waits");
    }

    void overForCertain(Owner attempt, LockDecision decision, Moment now) {
        follow(decision, new Cause(null, null, 0, attempt, true, false, false), now);
        ended.add(attempt);
        unless(
                held.values().stream().noneMatch(lease -> lease.lease.owner().equals(attempt)),
                () -> attempt + " is over for certain and still holds a lock");
    }

    void renewed(LockName lock, long token, boolean isRenewed, Moment now) {
        unless(
                isRenewed == (isHeld(lock, token) && !withheld.contains(lock)),
                () -> "renewing " + lock + " with token " + token + ": " + isRenewed);
        Held lease = held.get(lock);
        if (isRenewed && lease != null && lease.endsNanos != NEVER) {
            held.put(lock, new Held(lease.lease, endOf(lease.lease, now)));
        }
    }

    void timePassed(LockDecision decision, Moment now) {
        follow(decision, Cause.TIME, now);
    }

    /** The channel goes on elsewhere: nobody waits any more, and every lease has its full time to live again. */
    void takenOver(Moment now) {
        incarnation++;
        reopen();
        open.clear();
        ended.clear();
        learnt.clear();
        declared.clear();
        held.replaceAll((_, lease) -> new Held(lease.lease, endOf(lease.lease, now)));
        held.forEach((lock, lease) -> declare(lock, lease.lease.level()));
    }

    void nothingIsLeft() {
        unless(open.isEmpty(), () -> "unanswered: " + open.values());
        unless(held.isEmpty(), () -> "not given back: " + held.values());
    }

    // What the table says happened

    private void follow(LockDecision decision, Cause cause, Moment now) {
        Deque<LockChange> changes = new ArrayDeque<>(decision.changes());
        for (LockOutcome outcome : decision.outcomes()) {
            Open answered = open.get(outcome.wish());
            if (answered == null) {
                throw broken("wish " + outcome.wish() + " is not open: " + outcome);
            }
            switch (outcome) {
                case LockOutcome.Granted granted -> onGranted(granted, answered, changes, cause, now);
                case LockOutcome.TimedOut(var _, var holder) -> onTimedOut(answered, holder, changes, cause, now);
                case LockOutcome.Refused refused -> onRefused(refused, answered, changes, cause, now);
            }
            open.remove(outcome.wish());
            forgetLevelIfUnused(answered.wish.lock());
        }
        while (!changes.isEmpty()) {
            apply(changes.removeFirst(), null, cause, now);
        }
    }

    private void onGranted(
            LockOutcome.Granted granted, Open answered, Deque<LockChange> changes, Cause cause, Moment now) {
        HeldLease lease = granted.lease();
        LockWish wish = answered.wish;
        unless(
                lease.owner().equals(wish.owner()) && lease.lock().equals(wish.lock()),
                () -> wish + " was granted " + lease);
        if (isHeld(lease.lock(), lease.token()) && !changes.contains(new LockChange.Granted(lease))) {
            unless(
                    wish.requestKey() != null && wish.requestKey().equals(lease.requestKey()),
                    () -> wish + " was granted the lease of another wish: " + lease);
            return;
        }
        boolean isStored = false;
        while (!isStored && !changes.isEmpty()) {
            LockChange change = changes.removeFirst();
            isStored = change.equals(new LockChange.Granted(lease));
            apply(change, isStored ? granted : null, cause, now);
        }
        boolean wasStored = isStored;
        unless(wasStored, () -> "nothing says that " + lease + " is to be stored");
        unless(
                open.values().stream()
                        .noneMatch(other -> other.wish.lock().equals(wish.lock()) && other.place < answered.place),
                () -> wish + " overtook another one: " + open.values());
        unless(wish.level() == null || wish.level().equals(lease.level()), () -> wish + " got another level: " + lease);
    }

    private void onTimedOut(
            Open answered, @Nullable HeldLease holder, Deque<LockChange> changes, Cause cause, Moment now) {
        LockWish wish = answered.wish;
        unless(
                wish.waitNanos() <= 0 || answered.untilNanos <= now.nanos(),
                () -> wish + " was told too early that its time is up");
        if (holder == null) {
            unless(isClosed || cause.isReopening, () -> wish + " was not granted a free lock");
            return;
        }
        while (!isHeld(wish.lock(), holder.token()) && !changes.isEmpty()) {
            apply(changes.removeFirst(), null, cause, now);
        }
        unless(isHeld(wish.lock(), holder.token()), () -> wish + " was told of a holder that there is not: " + holder);
    }

    private void onRefused(
            LockOutcome.Refused refused, Open answered, Deque<LockChange> changes, Cause cause, Moment now) {
        LockWish wish = answered.wish;
        if (wish.equals(cause.wish)) {
            while (!changes.isEmpty()) {
                apply(changes.removeFirst(), null, cause, now);
            }
            unless(
                    isRefusalOfNewWishRight(refused, wish),
                    () -> "no reason to refuse " + wish + ": " + refused.problem());
        } else if (cause.wish != null && isReplaced(wish, cause.wish)) {
            open.put(cause.wish.number(), new Open(cause.wish, answered.place, answered.untilNanos));
        } else if (cause.isCleanup && refused.problem().code() == ErrorCode.INVALID_STATE) {
            unless(!wish.owner().isAttempt(), () -> wish + " is an attempt's and was refused for a cleanup");
        } else if (!wish.owner().equals(cause.ended)) {
            while (held.containsKey(wish.lock()) && !changes.isEmpty()) {
                apply(changes.removeFirst(), null, cause, now);
            }
            unless(
                    wouldBreakLevels(wish),
                    () -> "no reason to refuse " + wish + " when its turn came: " + refused.problem());
        }
    }

    private boolean isRefusalOfNewWishRight(LockOutcome.Refused refused, LockWish wish) {
        ErrorCode code = refused.problem().code();
        if (code == ErrorCode.INVALID_STATE) {
            return ended.contains(wish.owner()) || isClosed && !(wish.owner().isAttempt() && wish.waitNanos() > 0);
        }
        if (code == ErrorCode.INVALID_ARGUMENT) {
            return wish.level() != null
                    && declared.getOrDefault(wish.lock(), Set.of()).stream()
                            .anyMatch(level -> !level.equals(wish.level()));
        }
        return code == ErrorCode.CONCURRENCY
                && (isUsedBy(wish.owner(), wish) || wouldBreakLevels(wish) || isInCircle(wish.owner()));
    }

    private boolean isUsedBy(Owner owner, LockWish wish) {
        Held lease = held.get(wish.lock());
        return lease != null && lease.lease.owner().equals(owner)
                || open.values().stream()
                        .anyMatch(other -> other.wish.number() != wish.number()
                                && other.wish.owner().equals(owner)
                                && other.wish.lock().equals(wish.lock()));
    }

    private static boolean isReplaced(LockWish wish, LockWish again) {
        return wish.requestKey() != null
                && wish.requestKey().equals(again.requestKey())
                && wish.owner().equals(again.owner())
                && wish.lock().equals(again.lock());
    }

    // The books

    private void apply(LockChange change, LockOutcome.@Nullable Granted outcome, Cause cause, Moment now) {
        switch (change) {
            case LockChange.Granted(var lease) -> {
                if (outcome == null) {
                    throw broken("nobody is told of " + lease);
                }
                grant(lease, outcome, now);
            }
            case LockChange.Released released -> end(released, cause, now);
        }
    }

    private void grant(HeldLease lease, LockOutcome.Granted outcome, Moment now) {
        unless(!held.containsKey(lease.lock()), () -> lease + " was granted and is held already: " + held);
        unless(!isClosed, () -> lease + " was granted during a cleanup");
        unless(lease.token() > lastToken, () -> "the token does not rise from " + lastToken + ": " + lease);
        unless(lease.incarnation() == incarnation, () -> "not of this life: " + lease);
        unless(!ended.contains(lease.owner()), () -> "its owner has ended: " + lease);
        checkLevel(lease.owner(), lease.lock(), lease.level());
        int inversions = learn(lease);
        unless(
                outcome.warnings().size() == inversions,
                () -> lease + " inverts " + inversions + " orders, and the warnings are " + outcome.warnings());
        lastToken = lease.token();
        held.put(lease.lock(), new Held(lease, lease.owner().isAttempt() ? NEVER : endOf(lease, now)));
        declare(lease.lock(), lease.level());
    }

    private void end(LockChange.Released released, Cause cause, Moment now) {
        Held lease = held.get(released.lock());
        if (lease == null || lease.lease.token() != released.token()) {
            throw broken("what has ended was not held: " + released);
        }
        boolean isRight = switch (released.reason()) {
            case RELEASED -> released.lock().equals(cause.lock) && released.token() == cause.token;
            case EXPIRED -> lease.endsNanos <= now.nanos() && !withheld.contains(released.lock());
            case CLEANED_UP -> cause.isCleanup && !lease.lease.owner().isAttempt();
            case OWNER_ENDED ->
                lease.lease.owner().equals(cause.ended)
                        && (cause.isOverForCertain || lease.lease.incarnation() == incarnation);
        };
        unless(isRight, () -> lease + " ended early: " + released);
        held.remove(released.lock());
        forgetLevelIfUnused(released.lock());
    }

    private static long endOf(HeldLease lease, Moment now) {
        return now.nanos() + lease.ttlMillis() * 1_000_000;
    }

    private boolean isHeld(LockName lock, long token) {
        Held lease = held.get(lock);
        return lease != null && lease.lease.token() == token;
    }

    private boolean isInUse(LockName lock) {
        return held.containsKey(lock)
                || open.values().stream().anyMatch(wish -> wish.wish.lock().equals(lock));
    }

    // Levels and orders

    private void declare(LockName lock, @Nullable Integer level) {
        if (level != null) {
            declared.computeIfAbsent(lock, _ -> new HashSet<>()).add(level);
        }
    }

    private void forgetLevelIfUnused(LockName lock) {
        if (!isInUse(lock)) {
            declared.remove(lock);
        }
    }

    private void checkLevel(Owner owner, LockName lock, @Nullable Integer level) {
        int highest = highestLevel(owner);
        unless(
                level == null || level > highest,
                () -> owner + " got or waits for " + lock + " of level " + level + ", at or below level " + highest
                        + " which it holds");
    }

    private int highestLevel(Owner owner) {
        return held.values().stream()
                .map(Held::lease)
                .filter(lease -> lease.owner().equals(owner))
                .flatMap(lease -> Stream.ofNullable(lease.level()))
                .max(Comparator.naturalOrder())
                .orElse(Integer.MIN_VALUE);
    }

    private boolean wouldBreakLevels(LockWish wish) {
        int highest = highestLevel(wish.owner());
        return Stream.concat(Stream.ofNullable(wish.level()), declared.getOrDefault(wish.lock(), Set.of()).stream())
                .anyMatch(level -> level <= highest);
    }

    /** Learns the order of a grant. Returns how many known orders it inverts. */
    private int learn(HeldLease taken) {
        int inversions = 0;
        List<HeldLease> before = held.values().stream()
                .map(Held::lease)
                .filter(lease -> lease.owner().equals(taken.owner()))
                .sorted(Comparator.comparingLong(HeldLease::token))
                .toList();
        for (HeldLease first : before) {
            if (first.level() == null || taken.level() == null) {
                if (isLearnt(taken.lock(), first.lock())) {
                    inversions++;
                } else {
                    learnt.computeIfAbsent(first.lock(), _ -> new HashSet<>()).add(taken.lock());
                }
            }
        }
        return inversions;
    }

    private boolean isLearnt(LockName from, LockName to) {
        return reaches(from, to, lock -> learnt.getOrDefault(lock, Set.of()));
    }

    // Who waits for whom

    private boolean isInCircle(Owner owner) {
        return reaches(owner, owner, this::waitsFor);
    }

    private Set<Owner> waitsFor(Owner owner) {
        Set<Owner> others = new HashSet<>();
        for (Open waiting : open.values()) {
            if (waiting.wish.owner().equals(owner)) {
                Held lease = held.get(waiting.wish.lock());
                if (lease != null) {
                    others.add(lease.lease.owner());
                }
                open.values().stream()
                        .filter(other -> other.wish.lock().equals(waiting.wish.lock()) && other.place < waiting.place)
                        .forEach(other -> others.add(other.wish.owner()));
            }
        }
        return others;
    }

    private static <T> boolean reaches(T from, T to, Function<T, Set<T>> next) {
        Set<T> seen = new HashSet<>();
        Deque<T> toVisit = new ArrayDeque<>(List.of(from));
        while (!toVisit.isEmpty()) {
            for (T node : next.apply(toVisit.removeFirst())) {
                if (node.equals(to)) {
                    return true;
                }
                if (seen.add(node)) {
                    toVisit.add(node);
                }
            }
        }
        return false;
    }

    // What holds between two steps

    /** @param table after a step at {@code now} */
    void check(TableUnderTest table, Moment now) {
        for (Open waiting : open.values()) {
            unless(waiting.untilNanos > now.nanos(), () -> "unanswered, and its time is up: " + waiting);
            unless(
                    isClosed || held.containsKey(waiting.wish.lock()),
                    () -> "the lock is free, and still waits: " + waiting);
            unless(
                    !isInCircle(waiting.wish.owner()),
                    () -> "owners wait in a circle: " + waiting.wish + ", " + open.values());
        }
        held.forEach((lock, lease) ->
                unless(withheld.contains(lock) || lease.endsNanos > now.nanos(), () -> "outlived its time: " + lease));
        unless(table.withheld() == withheld.size(), () -> "withheld are " + withheld + ", not " + table.withheld());
        unless(!table.showsCircles(), () -> "the table shows a circle");
        unless(sameLeases(table.held()), () -> "the table shows " + table.held() + " and granted " + held.values());
        unless(table.leases() == held.size(), () -> "the table counts " + table.leases() + " leases: " + held);
        unless(table.waiters() == open.size(), () -> "unanswered or not waiting: " + open.values());
        unless(table.nextNanos() == nextNanos(), () -> "the table sleeps until " + table.nextNanos());
    }

    private boolean sameLeases(Collection<HeldLease> shown) {
        return List.copyOf(shown).equals(held.values().stream().map(Held::lease).toList());
    }

    private long nextNanos() {
        long next = NEVER;
        for (var lease : held.entrySet()) {
            if (!withheld.contains(lease.getKey())) {
                next = Math.min(next, lease.getValue().endsNanos);
            }
        }
        for (Open waiting : open.values()) {
            next = Math.min(next, waiting.untilNanos);
        }
        return next;
    }

    private static BrokenPromise broken(String breach) {
        return new BrokenPromise(breach);
    }

    // For whoever plays the owners

    List<HeldLease> leases() {
        return held.values().stream().map(Held::lease).toList();
    }
}
