package io.millrace.domain.lock.history;

import io.millrace.contracts.JobId;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.simulation.SeededRandom;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockOutcome;
import io.millrace.domain.lock.LockWish;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Clients that use locks at the same time, through messages that take their time, a store that takes its time, and
 * takeovers that lose what is not stored. What they see is written down as operations with a begin and an end. Some of them
 * are attempts: they hold their locks until they end, and a takeover cuts them off. When it is certain that nothing of them
 * goes on, the new life gives back what they held.
 */
final class ConcurrentHistory {
    /** Names the guard that is left out. */
    enum Guard {
        NONE,
        STORED_BEFORE_TOLD
    }

    private static final int CLIENTS = 6;
    private static final int ATTEMPTS = 2;
    private static final int CALLS_PER_CLIENT = 12;
    private static final long TTL_MILLIS = 3_000;
    private static final long MILLIS = 1_000_000;
    private static final long NEVER = Long.MAX_VALUE;

    private final SeededRandom random;
    private final Flaw flaw;
    private final Guard withoutGuard;
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::turn));
    private final Map<LockName, List<LockOperation>> operations = new TreeMap<>();
    private final Map<Long, Known> leases = new TreeMap<>();
    private final List<LockName> locks = List.of(new LockName("a"), new LockName("b"));
    private final List<Client> clients = new ArrayList<>();
    private final Map<Long, Call> calls = new HashMap<>();
    private final Deque<Untold> untold = new ArrayDeque<>();
    private final Deque<LockChange> unstored = new ArrayDeque<>();
    private final Map<LockName, HeldLease> stored = new TreeMap<>();
    private TableUnderTest table;
    private long storedToken;
    private long changesDecided;
    private long changesStored;
    private long incarnation = 1;
    private long now;
    private long lastTurn;
    private long lastWish;
    private int clientsLeft = CLIENTS;

    /** Something that happens at a moment; turns order what happens at the same one. */
    private record Due(long at, long turn, Runnable action) {}

    /** Somebody who waits for an answer. */
    private record Call(Client client, Owner owner, LockName lock, long from) {}

    /** @param client absent for what nobody waits for */
    private record Untold(long changesBefore, @Nullable Client client, Runnable tell) {}

    /** When a lease ends if nobody gives it back. */
    private static final class Known {
        final LockName lock;
        long endsNanos;
        boolean mayBeGivenBack;

        Known(LockName lock, long endsNanos) {
            this.lock = lock;
            this.endsNanos = endsNanos;
        }
    }

    private static final class Client {
        final Map<LockName, Long> tokens = new HashMap<>();
        final int number;
        Owner owner;
        int callsLeft = CALLS_PER_CLIENT;

        Client(int number) {
            this.number = number;
            this.owner = number < ATTEMPTS ? attempt(number, 1) : Owner.named("client-" + number);
        }

        /** An attempt has ended or was cut off; the next one knows nothing of it. */
        Owner beginAnew() {
            Owner before = owner;
            owner = attempt(number, before.epoch() + 1);
            tokens.clear();
            return before;
        }

        private static Owner attempt(int number, long epoch) {
            return new Owner("attempt-" + number + "-" + epoch, new JobId(1, number), epoch);
        }
    }

    private ConcurrentHistory(long seed, Flaw flaw, Guard withoutGuard) {
        this.random = new SeededRandom(seed);
        this.flaw = flaw;
        this.withoutGuard = withoutGuard;
        this.table = new TableUnderTest(flaw, incarnation, 0, List.of(), moment());
    }

    /** What was done to each lock. */
    static Map<LockName, List<LockOperation>> of(long seed, Flaw flaw, Guard withoutGuard) {
        var history = new ConcurrentHistory(seed, flaw, withoutGuard);
        history.play();
        return history.operations;
    }

    private void play() {
        for (int number = 0; number < CLIENTS; number++) {
            Client client = new Client(number);
            clients.add(client);
            later(() -> act(client));
        }
        after(random.between(500, 8_000) * MILLIS, this::takeOver);
        while (!due.isEmpty() && clientsLeft > 0) {
            Due next = due.remove();
            now = Math.max(now, next.at);
            next.action.run();
        }
        leases.forEach((token, lease) -> {
            if (lease.endsNanos == NEVER) {
                return;
            }
            boolean mustHaveEnded = !lease.mayBeGivenBack && lease.endsNanos < now;
            note(
                    lease.lock,
                    new LockOperation.Expired(token),
                    order(lease.endsNanos),
                    mustHaveEnded ? order(lease.endsNanos + MILLIS) : LockOperation.UNKNOWN);
        });
    }

    private void after(long nanos, Runnable action) {
        due.add(new Due(now + nanos, ++lastTurn, action));
    }

    /** After some time on the way, short most of the time. */
    private void later(Runnable action) {
        after(random.between(0, random.oneIn(5) ? 900 : 60) * MILLIS, action);
    }

    private Moment moment() {
        return new Moment(now, now / MILLIS);
    }

    /** A moment that comes after every earlier one, also of the same time. */
    private long order() {
        return order(now) + ++lastTurn;
    }

    private static long order(long nanos) {
        return nanos / MILLIS << 24;
    }

    private void note(LockName lock, LockOperation.Effect effect, long from, long to) {
        operationsOn(lock).add(new LockOperation(effect, from, to));
    }

    private List<LockOperation> operationsOn(LockName lock) {
        return operations.computeIfAbsent(lock, _ -> new ArrayList<>());
    }

    // Clients

    private void act(Client client) {
        if (client.callsLeft-- == 0) {
            clientsLeft--;
            return;
        }
        LockName lock = random.oneOf(locks);
        Long token = client.tokens.get(lock);
        long from = order();
        if (random.oneIn(6)) {
            later(() -> onLook(client, lock, from));
        } else if (token == null) {
            long wait = random.oneIn(3) ? 0 : random.between(1, 4_000) * MILLIS;
            later(() -> onAcquire(client, lock, from, wait));
        } else if (random.oneIn(3)) {
            later(() -> onRenew(client, lock, token, from));
        } else if (random.oneIn(4) && client.owner.isAttempt()) {
            Owner ended = client.beginAnew();
            later(() -> onEnded(ended, from));
            later(() -> act(client));
        } else if (random.oneIn(4)) {
            client.tokens.remove(lock); // It dies and knows nothing any more; its lease runs out.
            later(() -> act(client));
        } else {
            later(() -> onRelease(client, lock, token, from));
        }
    }

    private void goOn(Client client) {
        later(() -> act(client));
    }

    // The keeper of the table

    private void onLook(Client client, LockName lock, long from) {
        settle(table.pass(moment()));
        long token = table.held().stream()
                .filter(lease -> lease.lock().equals(lock))
                .mapToLong(HeldLease::token)
                .findFirst()
                .orElse(0);
        tell(client, () -> {
            note(lock, new LockOperation.Seen(token), from, order());
            goOn(client);
        });
    }

    private void onAcquire(Client client, LockName lock, long from, long wait) {
        LockWish wish = new LockWish(++lastWish, client.owner, lock, null, TTL_MILLIS, wait, null);
        calls.put(wish.number(), new Call(client, client.owner, lock, from));
        settle(table.acquire(wish, moment()));
    }

    private void onRelease(Client client, LockName lock, long token, long from) {
        LockDecision decision = table.release(lock, token, moment());
        boolean wasHeld = decision.changes().contains(new LockChange.Released(lock, token, LockChange.Reason.RELEASED));
        var perhaps = new LockOperation(new LockOperation.PerhapsReleased(token), from, LockOperation.UNKNOWN);
        operationsOn(lock).add(perhaps);
        Known lease = leases.get(token);
        if (lease != null) {
            lease.mayBeGivenBack = true;
        }
        settle(decision);
        tell(client, () -> {
            operationsOn(lock).remove(perhaps);
            note(
                    lock,
                    wasHeld ? new LockOperation.Released(token) : new LockOperation.NotReleased(token),
                    from,
                    order());
            client.tokens.remove(lock);
            goOn(client);
        });
    }

    /** An attempt of this life has ended. */
    private void onEnded(Owner attempt, long from) {
        noteEnds(table.releaseAll(attempt, moment()), from);
    }

    /** An attempt that a takeover cut off cannot run any more. */
    private void onOverForCertain(Owner attempt) {
        noteEnds(table.releaseAllOfEarlierLives(attempt, moment()), order());
    }

    /** A lease that ended like this is known to have ended once that is stored; a takeover before brings it back. */
    private void noteEnds(LockDecision decision, long from) {
        for (LockChange change : decision.changes()) {
            if (change instanceof LockChange.Released(var lock, var token, var reason)
                    && reason == LockChange.Reason.OWNER_ENDED) {
                var perhaps = new LockOperation(new LockOperation.PerhapsReleased(token), from, LockOperation.UNKNOWN);
                operationsOn(lock).add(perhaps);
                Known lease = leases.get(token);
                if (lease != null) {
                    lease.mayBeGivenBack = true;
                }
                untold.addLast(new Untold(changesDecided + decision.changes().size(), null, () -> {
                    operationsOn(lock).remove(perhaps);
                    note(lock, new LockOperation.Released(token), from, order());
                }));
            }
        }
        settle(decision);
    }

    private void onRenew(Client client, LockName lock, long token, long from) {
        settle(table.pass(moment()));
        boolean isRenewed = table.renew(lock, token, moment());
        Known lease = leases.get(token);
        if (isRenewed && lease != null && lease.endsNanos != NEVER) {
            lease.endsNanos = now + TTL_MILLIS * MILLIS;
        }
        tell(client, () -> {
            if (isRenewed) {
                note(lock, new LockOperation.Renewed(token), from, order());
            } else {
                client.tokens.remove(lock);
            }
            goOn(client);
        });
    }

    private void settle(LockDecision decision) {
        if (!decision.changes().isEmpty()) {
            int count = decision.changes().size();
            unstored.addAll(decision.changes());
            changesDecided += count;
            long life = incarnation;
            after(random.between(1, 80) * MILLIS, () -> store(life, count));
        }
        for (LockOutcome outcome : decision.outcomes()) {
            Call call = calls.remove(outcome.wish());
            if (call != null) {
                answer(call, outcome);
            }
        }
        long next = table.nextNanos();
        if (next != Long.MAX_VALUE) {
            after(Math.max(0, next - now) + random.between(0, 40) * MILLIS, () -> settle(table.pass(moment())));
        }
    }

    private void answer(Call call, LockOutcome outcome) {
        switch (outcome) {
            case LockOutcome.Granted(var _, var lease, var _) -> onGranted(call, lease.token());
            case LockOutcome.TimedOut(var _, var holder) -> {
                long token = holder == null ? 0 : holder.token();
                tell(call.client, () -> {
                    note(call.lock, new LockOperation.Seen(token), call.from, order());
                    goOn(call.client);
                });
            }
            case LockOutcome.Refused _ -> tell(call.client, () -> goOn(call.client));
        }
    }

    private void onGranted(Call call, long token) {
        leases.put(token, new Known(call.lock, call.owner.isAttempt() ? NEVER : now + TTL_MILLIS * MILLIS));
        var perhaps = new LockOperation(new LockOperation.Granted(token), call.from, LockOperation.UNKNOWN);
        operationsOn(call.lock).add(perhaps);
        tell(call.client, () -> {
            operationsOn(call.lock).remove(perhaps);
            note(call.lock, perhaps.effect(), call.from, order());
            if (call.owner.equals(call.client.owner)) {
                call.client.tokens.put(call.lock, token);
            }
            goOn(call.client);
        });
    }

    /** Tells it once everything that was decided so far is stored. */
    private void tell(Client client, Runnable answer) {
        if (withoutGuard == Guard.STORED_BEFORE_TOLD || unstored.isEmpty()) {
            later(answer);
        } else {
            untold.addLast(new Untold(changesDecided, client, answer));
        }
    }

    // The store

    private void store(long life, int count) {
        if (life != incarnation) {
            return;
        }
        for (int i = 0; i < count; i++) {
            switch (unstored.removeFirst()) {
                case LockChange.Granted(var lease) -> {
                    stored.put(lease.lock(), lease);
                    storedToken = Math.max(storedToken, lease.token());
                }
                case LockChange.Released released -> stored.remove(released.lock());
            }
        }
        changesStored += count;
        while (!untold.isEmpty() && untold.getFirst().changesBefore <= changesStored) {
            later(untold.removeFirst().tell);
        }
    }

    /** Another node goes on with what is stored. Whoever waited hears nothing and asks for something else. */
    private void takeOver() {
        incarnation++;
        forgetWhatNobodyHeard();
        unstored.clear();
        changesDecided = changesStored;
        table = new TableUnderTest(flaw, incarnation, storedToken, List.copyOf(stored.values()), moment());
        stored.values().forEach(lease -> {
            Known known = leases.get(lease.token());
            if (known != null) {
                known.endsNanos = now + TTL_MILLIS * MILLIS;
            }
        });
        List<Client> waiting = new ArrayList<>();
        untold.forEach(answer -> {
            if (answer.client != null) {
                waiting.add(answer.client);
            }
        });
        untold.clear();
        calls.values().forEach(call -> waiting.add(call.client));
        calls.clear();
        waiting.forEach(this::goOn);
        clients.stream().filter(client -> client.owner.isAttempt()).forEach(this::cutOff);
        after(random.between(500, 8_000) * MILLIS, this::takeOver);
    }

    /** The next attempt begins; it takes some time until nothing of this one can go on, perhaps beyond the next takeover. */
    private void cutOff(Client client) {
        Owner before = client.beginAnew();
        after(random.between(100, 6_000) * MILLIS, () -> onOverForCertain(before));
    }

    private void forgetWhatNobodyHeard() {
        for (LockChange change : unstored) {
            if (change instanceof LockChange.Granted(var lease)) {
                boolean wasNotTold = operationsOn(lease.lock())
                        .removeIf(operation -> !operation.mustHaveHappened()
                                && operation.effect().equals(new LockOperation.Granted(lease.token())));
                if (wasNotTold) {
                    leases.remove(lease.token());
                }
            }
        }
    }
}
