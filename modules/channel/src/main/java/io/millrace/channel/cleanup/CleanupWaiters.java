package io.millrace.channel.cleanup;

import io.millrace.channel.ManagerReply;
import io.millrace.channel.cleanup.CleanupAccounts.Waiter;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.CleanupRun;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Those who wait for the end of executions and rollbacks: they hear of it when it is stored, or when their time is up. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupWaiters {
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;
    private final CleanupStore store;

    CleanupWaiters(CleanupManager.Seed seed, CleanupAccounts accounts, CleanupStore store) {
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
    }

    /** Somebody who does not wait for anything yet. */
    static Waiter waiter(ActorRef<ManagerReply> replyTo, boolean isForRollback, long waitMillis) {
        long wait = Math.clamp(waitMillis, 0, Limits.CLEANUP_WAIT_MAX.toMillis());
        return new Waiter(
                replyTo,
                isForRollback,
                0,
                System.nanoTime() + Duration.ofMillis(wait).toNanos());
    }

    /** Lets somebody wait for an execution; one that has ended is told at once, and so is who would be one too many. */
    void await(Waiter waiter, long run) {
        waiter.run = run;
        CleanupRun known = accounts.book.run(run);
        boolean isFull = accounts.waiters.size() >= Limits.CLEANUP_WAITERS_MAX;
        if (known == null || !known.isActive() || isFull || waiter.untilNanos - System.nanoTime() <= 0) {
            answer(waiter);
        } else {
            accounts.waiters.add(waiter);
        }
    }

    void ended(long run) {
        List<Waiter> done =
                accounts.waiters.stream().filter(waiter -> waiter.run == run).toList();
        accounts.waiters.removeAll(done);
        done.forEach(this::answer);
    }

    /** Tells those whose time is up how far it is. */
    void tick() {
        long now = System.nanoTime();
        List<Waiter> done = accounts.waiters.stream()
                .filter(waiter -> waiter.untilNanos - now <= 0)
                .toList();
        accounts.waiters.removeAll(done);
        done.forEach(this::answer);
    }

    boolean isBusy() {
        return !accounts.waiters.isEmpty();
    }

    void refuseAll(Problem problem) {
        accounts.waiters.forEach(waiter -> waiter.replyTo.tell(new ManagerReply.Refused(problem)));
        accounts.waiters.clear();
    }

    private void answer(Waiter waiter) {
        CleanupRun run = accounts.book.run(waiter.run);
        if (run == null) {
            store.tell(waiter.replyTo, new ManagerReply.Refused(forgotten(waiter.run)));
        } else if (waiter.isForRollback) {
            store.tell(waiter.replyTo, new CleanupManager.RolledBack(rollback(run)));
        } else {
            store.tell(
                    waiter.replyTo,
                    new CleanupManager.Executed(run.result(seed.clock().get().millis())));
        }
    }

    private static RollbackResult rollback(CleanupRun run) {
        if (run.isActive()) {
            return new RollbackResult(
                    false,
                    "The rollback of execution " + run.number() + " goes on. Look at the status of the task later.");
        }
        return run.status() == CleanupStatus.ROLLED_BACK
                ? new RollbackResult(true, "")
                : new RollbackResult(
                        false,
                        "The rollback of execution " + run.number()
                                + " has failed: " + CleanupViews.failures(run)
                                + ". What it concerns is neither cleaned up nor as it was; a person has to look.");
    }

    /** What is shown of an execution that has not begun. */
    CleanupResult notBegun(@Nullable CleanupName root, long behindRun) {
        return new CleanupResult(
                0,
                root,
                null,
                CleanupStatus.NOT_STARTED,
                Instant.ofEpochMilli(seed.clock().get().millis()),
                null,
                Duration.ZERO,
                List.of(),
                Released.NOTHING,
                null,
                List.of("It begins when execution " + behindRun
                        + " has ended, with which it shares a task or a release."),
                List.of());
    }

    private static Problem forgotten(long run) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                "CleanupManager",
                "Execution " + run + " is no longer kept; the history of its tasks tells how it ended.");
    }
}
