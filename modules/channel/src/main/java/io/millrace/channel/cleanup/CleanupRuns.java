package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.cleanup.CleanupAccounts.AttemptTasks;
import io.millrace.channel.cleanup.CleanupAccounts.Deferred;
import io.millrace.channel.cleanup.CleanupAccounts.Waiter;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupDecision;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.PlannedStep;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.RunStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Brings executions of cleanups from their start to their end, and back if somebody asks for that. Looking at an execution
 * once more changes nothing unless something has happened, so nothing is lost if a message is.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupRuns implements AttemptCleanup.TaskRunner {
    private static final String COMPONENT = "CleanupManager";

    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;
    private final CleanupStore store;
    private final CleanupSteps steps;
    private final CleanupWaiters waiters;
    private final RunEndings endings;
    private final RemoteTasks remote;
    private final CleanupRules rules;
    private final ActorRef<CleanupManager.Command> self;
    private final String node;

    CleanupRuns(
            CleanupManager.Seed seed,
            CleanupAccounts accounts,
            CleanupStore store,
            CleanupSteps steps,
            CleanupWaiters waiters,
            RunEndings endings,
            RemoteTasks remote,
            ActorRef<CleanupManager.Command> self) {
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.steps = steps;
        this.waiters = waiters;
        this.endings = endings;
        this.remote = remote;
        this.self = self;
        this.rules = new CleanupRules(seed.channel());
        this.node = seed.services().node();
    }

    // Starts

    /**
     * Executes a task, or everything.
     *
     * @param root a task, absent unless the cause is {@link RunCause#TASK}
     * @param waiter told when it has ended, absent if nobody waits
     */
    void execute(RunCause cause, @Nullable CleanupName root, @Nullable Waiter waiter) {
        switch (rules.start(accounts.book, cause, root)) {
            case CleanupDecision.Refused(var problem) -> refuse(cause, waiter, problem);
            case CleanupDecision.Joined(var run) -> await(waiter, run);
            case CleanupDecision.Deferred(var behindRun) -> defer(new Deferred(cause, root, behindRun, waiter));
            case CleanupDecision.Accepted(var changes) -> {
                Optional<Long> rival = endings.rivalOf(plannedIn(changes));
                if (rival.isPresent()) {
                    defer(new Deferred(cause, root, rival.get(), waiter));
                } else {
                    store.apply(changes);
                    CleanupRun run = accounts.book.run(accounts.book.lastRun());
                    if (run != null) {
                        endings.goesOn(run);
                        await(waiter, run.number());
                    }
                    goOn();
                }
            }
        }
    }

    private static List<CleanupName> plannedIn(List<CleanupChange> changes) {
        return changes.stream()
                .filter(CleanupChange.RunStarted.class::isInstance)
                .map(CleanupChange.RunStarted.class::cast)
                .flatMap(started -> started.steps().stream())
                .map(PlannedStep::name)
                .toList();
    }

    private void await(@Nullable Waiter waiter, long run) {
        if (waiter != null) {
            waiters.await(waiter, run);
        }
    }

    private void refuse(RunCause cause, @Nullable Waiter waiter, Problem problem) {
        if (waiter != null) {
            store.tell(waiter.replyTo, new ManagerReply.Refused(problem));
        } else if (cause == RunCause.DELETION) {
            endings.notDeleted(problem.detail());
        }
    }

    private void defer(Deferred deferred) {
        if (accounts.deferred.size() >= Limits.CLEANUP_RUNS_MAX && deferred.cause() != RunCause.DELETION) {
            refuse(deferred.cause(), deferred.waiter(), tooManyWait());
        } else {
            accounts.deferred.addLast(deferred);
        }
    }

    private Problem tooManyWait() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "In channel '" + seed.channel() + "' " + Limits.CLEANUP_RUNS_MAX
                                + " cleanups wait for others to end, and no more may wait. Nothing was done. Try again "
                                + "when some have ended.",
                        Map.of("channel", seed.channel().value(), "limit", Limits.CLEANUP_RUNS_MAX))
                .retryAfter(Duration.ofSeconds(1));
    }

    /** Executes everything and gives everything back, because the channel is being deleted. Asked again, it does so once. */
    void delete() {
        boolean isUnderWay = accounts.deferred.stream().anyMatch(each -> each.cause() == RunCause.DELETION)
                || accounts.book.active().stream().anyMatch(run -> run.cause() == RunCause.DELETION);
        if (!isUnderWay) {
            execute(RunCause.DELETION, null, null);
        }
    }

    /** Runs what a job declares behind an attempt of it; an execution that was cut off goes on. */
    @Override
    public void run(AttemptId attempt, List<CleanupTask> tasks) {
        switch (rules.startForAttempt(accounts.book, attempt.job(), attempt.number(), attempt.epoch(), tasks)) {
            case CleanupDecision.Accepted(var changes) -> {
                store.apply(changes);
                remember(accounts.book.lastRun(), attempt, tasks);
            }
            case CleanupDecision.Joined(var number) -> join(number, attempt, tasks);
            case CleanupDecision.Refused(var problem) -> tellReturned(attempt, problem.detail());
            case CleanupDecision.Deferred _ -> {
                // Attempts share no tasks with anybody, so this does not happen; the attempt asks again.
            }
        }
        goOn();
    }

    /** Told once for each execution: whoever cleans up behind the attempt again finds nothing, and that is not kept. */
    @Override
    public void returned(AttemptId attempt, List<ReturnedItem> items) {
        CleanupRun run = accounts.book.ofAttempt(attempt.job(), attempt.epoch());
        if (run != null && run.returned().isEmpty() && !items.isEmpty()) {
            store.apply(List.of(new CleanupChange.ItemsReturned(run.number(), items)));
        }
    }

    private void join(long number, AttemptId attempt, List<CleanupTask> tasks) {
        CleanupRun run = accounts.book.run(number);
        if (run == null || !run.isActive()) {
            tellEnded(attempt, run);
        } else if (!accounts.attemptTasks.containsKey(number)) {
            remember(number, attempt, tasks);
            store.apply(rules.resume(run, node));
        }
    }

    private void remember(long run, AttemptId attempt, List<CleanupTask> tasks) {
        Map<CleanupName, CleanupTask> byName = new HashMap<>();
        tasks.forEach(task -> byName.put(task.name(), task));
        accounts.attemptTasks.put(run, new AttemptTasks(attempt, byName));
    }

    /** @param run absent if it is no longer kept */
    private void tellEnded(AttemptId attempt, @Nullable CleanupRun run) {
        if (run == null || (isComplete(run) && run.problems().isEmpty())) {
            tellReturned(attempt, null);
        } else {
            tellReturned(attempt, "its own cleanup has failed: " + CleanupViews.failures(run));
        }
    }

    private void tellReturned(AttemptId attempt, @Nullable String failure) {
        self.tell(new CleanupManager.Returned(attempt, Holding.TASKS, failure, List.of()));
    }

    // Going on

    /** What a new owner of the channel does first: executions that its predecessor had under way go on. */
    void takeOver() {
        for (CleanupRun run : List.copyOf(accounts.book.active())) {
            if (run.isOfRegisteredTasks()) {
                store.apply(rules.resume(run, node));
            }
        }
        accounts.book.newest(Limits.CLEANUPS_KEPT_MAX).forEach(this::takeBackIfBreached);
        endings.takeOver();
        goOn();
    }

    /** Looks at every execution, and starts those that waited for one that has ended. */
    void goOn() {
        for (CleanupRun run : List.copyOf(accounts.book.active())) {
            // That of an attempt goes on when the attempt is handed over, with the tasks of its job.
            if (run.isOfRegisteredTasks() ? !accounts.isLeaving : accounts.attemptTasks.containsKey(run.number())) {
                goOn(run);
            }
        }
        if (!accounts.isLeaving) {
            startDeferred();
        }
    }

    private void goOn(CleanupRun run) {
        List<CleanupChange> changes = rules.advance(accounts.book, run, node, step -> remote.isComplete(run, step));
        changes.forEach(this::count);
        store.apply(changes);
        remote.watch(run);
        if (rules.isReadyToEnd(run)) {
            endings.begin(run);
        }
    }

    private void count(CleanupChange change) {
        if (change instanceof CleanupChange.StepEnded ended && ended.status() == StepStatus.SKIPPED) {
            accounts.measures.skipped(accounts.registeredTask(ended.run(), ended.step()));
        }
    }

    private void startDeferred() {
        List<Deferred> ready = new ArrayList<>();
        accounts.deferred.removeIf(each -> {
            CleanupRun behind = accounts.book.run(each.behindRun());
            boolean isReady = behind == null || !behind.isActive();
            return isReady && ready.add(each);
        });
        ready.forEach(each -> execute(each.cause(), each.root(), each.waiter()));
    }

    /** Tells those whose time is up while what they wait for has not begun; it begins all the same. */
    void tick() {
        long now = System.nanoTime();
        List<Deferred> waiting = List.copyOf(accounts.deferred);
        accounts.deferred.clear();
        for (Deferred each : waiting) {
            Waiter waiter = each.waiter();
            if (waiter != null && waiter.untilNanos - now <= 0) {
                store.tell(
                        waiter.replyTo, new CleanupManager.Executed(waiters.notBegun(each.root(), each.behindRun())));
                accounts.deferred.addLast(new Deferred(each.cause(), each.root(), each.behindRun(), null));
            } else {
                accounts.deferred.addLast(each);
            }
        }
    }

    boolean isBusy() {
        return accounts.deferred.stream().anyMatch(each -> each.waiter() != null);
    }

    /** The end of an execution is stored. The channel shows what is wrong with it before anybody hears of its end. */
    void ended(long number) {
        CleanupRun run = accounts.book.run(number);
        AttemptTasks behind = accounts.attemptTasks.remove(number);
        if (run != null) {
            endings.ended(run);
        }
        waiters.ended(number);
        if (behind != null) {
            tellEnded(behind.attempt(), run);
        }
        if (run != null) {
            takeBackIfBreached(run);
        }
        goOn();
    }

    /** Nobody asked for it: an execution that must not be completed is undone, if its steps can be. */
    private void takeBackIfBreached(CleanupRun run) {
        if (!endings.isBreached(run) || run.isActive() || run.isRollingBack()) {
            return;
        }
        run.steps().stream()
                .map(RunStep::name)
                .filter(task -> run.equals(accounts.book.latest(task)))
                .findFirst()
                .map(task -> rules.rollback(accounts.book, task))
                .ifPresent(decision -> {
                    if (decision instanceof CleanupDecision.Accepted(var changes)) {
                        store.apply(changes);
                    }
                });
    }

    // Rollback

    void rollback(CleanupName task, Waiter waiter) {
        CleanupRun latest = accounts.book.latest(task);
        Problem tooLate = latest == null ? null : endings.whyNoRollback(latest);
        CleanupDecision decision =
                tooLate == null ? rules.rollback(accounts.book, task) : new CleanupDecision.Refused(tooLate);
        switch (decision) {
            case CleanupDecision.Refused(var problem) ->
                store.tell(
                        waiter.replyTo,
                        problem.code() == ErrorCode.NOT_FOUND
                                ? new ManagerReply.Refused(problem)
                                : new CleanupManager.RolledBack(new RollbackResult(false, problem.detail())));
            case CleanupDecision.Joined(var run) -> waiters.await(waiter, run);
            case CleanupDecision.Accepted(var changes) -> {
                store.apply(changes);
                CleanupRun run = accounts.book.latest(task);
                if (run != null) {
                    waiters.await(waiter, run.number());
                    steps.abort(run);
                }
                goOn();
            }
            case CleanupDecision.Deferred _ -> throw new IllegalStateException("a rollback waits for nobody");
        }
    }

    /** True if every step of an execution has worked. */
    static boolean isComplete(CleanupRun run) {
        return run.steps().stream().map(RunStep::status).allMatch(StepStatus.COMPLETE::equals);
    }
}
