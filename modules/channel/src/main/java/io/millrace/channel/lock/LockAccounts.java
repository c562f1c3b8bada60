package io.millrace.channel.lock;

import io.millrace.channel.UnstoredChanges;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What outlives a restart of the lock manager. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LockAccounts {
    final BoundaryGuard guard;
    /** Who made the wishes that have no outcome yet, by number. */
    final Map<Long, LockManager.Acquire> callers = new HashMap<>();

    final UnstoredChanges<LockChange> unstored = new UnstoredChanges<>();

    LockTable table;
    boolean isInverted;
    long lastWish;
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

    LockAccounts(LockManager.Seed seed) {
        this.guard = new BoundaryGuard(seed.seals());
        this.table = new LockTable(
                seed.incarnation(),
                seed.node(),
                seed.lastToken(),
                seed.leases(),
                seed.clock().get());
    }

    /** Answers everybody who waits for something, and waits for nothing more to be stored. */
    void refuseAll(Problem problem) {
        callers.values().forEach(caller -> caller.refuse(problem));
        callers.clear();
        unstored.abandon(problem);
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
