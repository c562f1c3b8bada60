package io.millrace.channel.lock;

import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.lock.LockTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What outlives a restart of the lock manager. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LockAccounts {
    final BoundaryGuard guard;
    /** Who made the wishes that have no outcome yet, by number. */
    final Map<Long, LockManager.Acquire> callers = new HashMap<>();

    LockTable table;
    boolean isInverted;
    long lastWish;
    long lastSent;
    /** Up to here the channel knows that somebody waits for it to be stored. */
    long lastAwaited;

    int leasesShown;
    int waitersShown;
    /** How many leases the latest cleanup of the channel has ended so far. */
    int cleanedUp;
    /** What some of them are known as. */
    final List<String> cleanedUpIds = new ArrayList<>();

    long requests;
    long waited;
    long granted;
    long refused;
    long timeouts;
    long expired;
    long inversions;
    long releasesOfOthers;
    long boundaryViolations;

    private final Deque<Answer> answers = new ArrayDeque<>();
    private long lastStored;

    LockAccounts(LockManager.Seed seed) {
        this.guard = new BoundaryGuard(seed.seals());
        this.table = new LockTable(
                seed.incarnation(),
                seed.node(),
                seed.lastToken(),
                seed.leases(),
                seed.clock().get());
    }

    /** @param after number of the changes that must be stored first */
    private record Answer(long after, Runnable tell, Consumer<Problem> refuse) {}

    /**
     * Tells something once everything that was decided so far is stored.
     *
     * @param refuse used instead if it never is
     */
    void whenStored(Runnable tell, Consumer<Problem> refuse) {
        if (lastStored == lastSent) {
            tell.run();
        } else {
            answers.addLast(new Answer(lastSent, tell, refuse));
        }
    }

    void stored(long number) {
        lastStored = Math.max(lastStored, number);
        while (!answers.isEmpty() && answers.getFirst().after <= lastStored) {
            answers.removeFirst().tell.run();
        }
    }

    /** Answers everybody who waits for something, and waits for nothing more to be stored. */
    void refuseAll(Problem problem) {
        callers.values().forEach(caller -> caller.refuse(problem));
        callers.clear();
        answers.forEach(answer -> answer.refuse.accept(problem));
        answers.clear();
        lastStored = lastSent;
    }

    Map<String, Double> totals() {
        return Map.ofEntries(
                Map.entry("locks.held", (double) table.leases()),
                Map.entry("locks.waiting", (double) table.waiters()),
                Map.entry("locks.requests", (double) requests),
                Map.entry("locks.waited", (double) waited),
                Map.entry("locks.granted", (double) granted),
                Map.entry("locks.refused", (double) refused),
                Map.entry("locks.timeouts", (double) timeouts),
                Map.entry("locks.expired", (double) expired),
                Map.entry("locks.inversions", (double) inversions),
                Map.entry("locks.releasesOfOthers", (double) releasesOfOthers),
                Map.entry("locks.boundaryViolations", (double) boundaryViolations));
    }
}
