package io.millrace.domain.lock.history;

import io.millrace.contracts.JobId;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockOutcome;
import io.millrace.domain.lock.LockTable;
import io.millrace.domain.lock.LockWish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The lock table as it is, or with a {@link Flaw} between it and its users. */
final class TableUnderTest {
    private static final int ANSWERS_PER_FAULT = 5;

    private final Flaw flaw;
    private final LockTable table;
    private final Map<Long, LockWish> waiting = new HashMap<>();
    private final Map<Long, LockWish> swapped = new HashMap<>();
    private final Map<Long, Owner> ownersAfterSwap = new HashMap<>();
    private final Map<Wanted, Integer> levels = new HashMap<>();
    private final Set<Long> waited = new HashSet<>();
    private int answers;

    private record Wanted(Owner owner, LockName lock) {}

    TableUnderTest(Flaw flaw, long incarnation, long lastToken, Collection<HeldLease> stored, Moment now) {
        this.flaw = flaw;
        this.table = new LockTable(
                incarnation,
                "node-" + incarnation,
                flaw == Flaw.FORGETS_TOKENS ? 0 : lastToken,
                flaw == Flaw.SHORTENS_LEASES ? shortened(stored) : stored,
                now);
    }

    private static List<HeldLease> shortened(Collection<HeldLease> stored) {
        return stored.stream()
                .map(lease -> new HeldLease(
                        lease.lock(),
                        lease.owner(),
                        lease.token(),
                        lease.level(),
                        1,
                        lease.grantedAtMillis(),
                        lease.incarnation(),
                        lease.node(),
                        lease.requestKey()))
                .toList();
    }

    LockDecision acquire(LockWish wish, Moment now) {
        waiting.put(wish.number(), wish);
        LockDecision decision = seen(table.acquire(asTold(wish), now));
        if (waiting.containsKey(wish.number())) {
            waited.add(wish.number());
            if (flaw == Flaw.GRANTS_TWICE) {
                return withSecondGrant(decision, wish, now);
            }
            if (flaw == Flaw.SERVES_LATER_FIRST) {
                swapWithEarlier(wish);
            }
        }
        return decision;
    }

    LockDecision release(LockName lock, long token, Moment now) {
        HeldLease held = table.held(lock);
        long released = flaw == Flaw.RELEASES_WHAT_OTHERS_HOLD && held != null ? held.token() : token;
        return seen(table.release(lock, released, now));
    }

    LockDecision releaseAll(Owner attempt, Moment now) {
        return flaw == Flaw.KEEPS_LEASES_OF_ENDED_ATTEMPTS
                ? pass(now)
                : seen(
                        flaw == Flaw.BELIEVES_THAT_EARLIER_LIVES_ENDED
                                ? table.releaseAllOfEarlierLives(job(attempt), attempt.epoch(), now)
                                : table.releaseAll(job(attempt), attempt.epoch(), now));
    }

    LockDecision releaseAllOfEarlierLives(Owner attempt, Moment now) {
        return seen(
                flaw == Flaw.LEAVES_LEASES_OF_EARLIER_LIVES
                        ? table.releaseAll(job(attempt), attempt.epoch(), now)
                        : table.releaseAllOfEarlierLives(job(attempt), attempt.epoch(), now));
    }

    private static JobId job(Owner attempt) {
        return Objects.requireNonNull(attempt.job());
    }

    boolean renew(LockName lock, long token, Moment now) {
        return table.renew(lock, token, now);
    }

    LockDecision pass(Moment now) {
        return seen(table.pass(now));
    }

    LockDecision withhold(Moment now) {
        return flaw == Flaw.GRANTS_DURING_CLEANUPS ? pass(now) : seen(table.withhold(now));
    }

    LockDecision restore(Moment now) {
        return seen(table.restore(now));
    }

    LockDecision releaseWithheld(Moment now) {
        return flaw == Flaw.RESTORES_WHAT_WAS_CLEANED_UP ? restore(now) : seen(table.releaseWithheld(now));
    }

    int withheld() {
        return table.withheld();
    }

    long nextNanos() {
        return table.nextNanos();
    }

    List<HeldLease> held() {
        return table.held().stream().map(this::seen).toList();
    }

    int leases() {
        return table.leases();
    }

    int waiters() {
        return table.waiters();
    }

    long lastToken() {
        return table.lastToken();
    }

    boolean showsCircles() {
        return !table.hierarchy().waitCycles().isEmpty();
    }

    // Flaws on the way in

    private LockWish asTold(LockWish wish) {
        return switch (flaw) {
            case IGNORES_LEVELS -> {
                if (wish.level() != null) {
                    levels.put(new Wanted(wish.owner(), wish.lock()), wish.level());
                }
                yield with(wish, wish.owner(), null);
            }
            case LETS_CIRCLES_STAND -> with(wish, disguised(wish.owner(), wish.lock()), wish.level());
            default -> wish;
        };
    }

    private static LockWish with(LockWish wish, Owner owner, @Nullable Integer level) {
        return new LockWish(
                wish.number(), owner, wish.lock(), level, wish.ttlMillis(), wish.waitNanos(), wish.requestKey());
    }

    private static Owner disguised(Owner owner, LockName lock) {
        return new Owner(owner.name() + "/" + lock, owner.job(), owner.epoch());
    }

    private static Owner undisguised(Owner owner) {
        return new Owner(owner.name().replaceFirst("/.*", ""), owner.job(), owner.epoch());
    }

    private void swapWithEarlier(LockWish wish) {
        waiting.values().stream()
                .filter(other -> other.number() < wish.number() && other.lock().equals(wish.lock()))
                .filter(other -> !swapped.containsKey(other.number()))
                .findFirst()
                .ifPresent(other -> {
                    swapped.put(wish.number(), other);
                    swapped.put(other.number(), wish);
                });
    }

    // Flaws on the way out

    private LockDecision seen(LockDecision decision) {
        List<LockOutcome> outcomes = new ArrayList<>();
        for (LockOutcome outcome : decision.outcomes()) {
            waiting.remove(outcome.wish());
            boolean isFaulty = waited.remove(outcome.wish()) && ++answers % ANSWERS_PER_FAULT == 0;
            if (!isFaulty || flaw != Flaw.LOSES_ANSWERS) {
                outcomes.add(seen(outcome));
            }
            if (isFaulty && flaw == Flaw.ANSWERS_TWICE) {
                outcomes.add(outcome);
            }
        }
        return new LockDecision(decision.changes().stream().map(this::seen).toList(), outcomes);
    }

    private LockOutcome seen(LockOutcome outcome) {
        LockWish other = swapped.get(outcome.wish());
        long number = other == null ? outcome.wish() : other.number();
        return switch (outcome) {
            case LockOutcome.Granted(var _, var lease, var warnings) -> {
                if (other != null) {
                    ownersAfterSwap.put(lease.token(), other.owner());
                }
                yield new LockOutcome.Granted(number, seen(lease), warnings);
            }
            case LockOutcome.TimedOut(var _, var holder) ->
                new LockOutcome.TimedOut(number, holder == null ? null : seen(holder));
            case LockOutcome.Refused(var _, var problem) -> new LockOutcome.Refused(number, problem);
        };
    }

    private LockChange seen(LockChange change) {
        return change instanceof LockChange.Granted(var lease) ? new LockChange.Granted(seen(lease)) : change;
    }

    private HeldLease seen(HeldLease lease) {
        return switch (flaw) {
            case REPEATS_TOKEN -> rewritten(lease, lease.owner(), lease.token() / 2, lease.level());
            case IGNORES_LEVELS ->
                rewritten(lease, lease.owner(), lease.token(), levels.get(new Wanted(lease.owner(), lease.lock())));
            case LETS_CIRCLES_STAND -> rewritten(lease, undisguised(lease.owner()), lease.token(), lease.level());
            case SERVES_LATER_FIRST ->
                rewritten(
                        lease,
                        ownersAfterSwap.getOrDefault(lease.token(), lease.owner()),
                        lease.token(),
                        lease.level());
            default -> lease;
        };
    }

    private static HeldLease rewritten(HeldLease lease, Owner owner, long token, @Nullable Integer level) {
        return new HeldLease(
                lease.lock(),
                owner,
                token,
                level,
                lease.ttlMillis(),
                lease.grantedAtMillis(),
                lease.incarnation(),
                lease.node(),
                lease.requestKey());
    }

    private LockDecision withSecondGrant(LockDecision decision, LockWish wish, Moment now) {
        HeldLease second = new HeldLease(
                wish.lock(),
                wish.owner(),
                table.lastToken() + 1,
                wish.level(),
                wish.ttlMillis(),
                now.millis(),
                0,
                "",
                wish.requestKey());
        List<LockChange> changes = new ArrayList<>(decision.changes());
        changes.add(new LockChange.Granted(second));
        List<LockOutcome> outcomes = new ArrayList<>(decision.outcomes());
        outcomes.add(new LockOutcome.Granted(wish.number(), second, List.of()));
        return new LockDecision(changes, outcomes);
    }
}
