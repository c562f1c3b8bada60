package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Inspection;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.WorkDirectories;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.LiveJob;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans up behind attempts: processes, tasks of their jobs, work directory, locks, output, resources, in this order. One
 * of them counts as returned only when whoever owns the thing says that nothing is left of it. What fails is tried {@link
 * Limits#CLEANUP_TRIES_MAX} times; what still cannot be returned then is named in the answer and becomes a condition of
 * the channel. Output is waited for without end, because while the database is away nothing may be forgotten, and so are
 * tasks, each of which has its own time.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class AttemptCleanup {
    private static final Logger LOG = LoggerFactory.getLogger(AttemptCleanup.class);
    /** Pauses of 50, 200 and 800 ms, so that a person hears of it within 2 s (contract row C-47). */
    private static final long RETRY_DELAY_MILLIS_MIN = 50;

    private final ActorContext<CleanupManager.Command> context;
    private final CleanupManager.Seed seed;
    private final Accounts accounts;
    private final CleanupIncidents incidents;
    private final TaskRunner tasks;
    private final ReturnedItems items;
    private final ActorRef<ProcessManager.Cleared> cleared;
    private final ActorRef<LogStore.Flushed> flushed;
    private final ActorRef<ResourceManager.AllReleased> released;
    private final ActorRef<LockManager.AllReleased> locksReleased;

    /** Runs the tasks that a job declares, and keeps what was done behind its attempt. */
    interface TaskRunner {
        /**
         * Runs the tasks behind an attempt, once however often it is asked. Their end is told as {@link
         * CleanupManager.Returned} of {@link Holding#TASKS}.
         */
        void run(AttemptId attempt, List<CleanupTask> tasks);

        /** Everything else that the attempt held is back; nothing is kept of that unless its tasks were run. */
        void returned(AttemptId attempt, List<ReturnedItem> items);
    }

    AttemptCleanup(
            ActorContext<CleanupManager.Command> context,
            CleanupManager.Seed seed,
            Accounts accounts,
            CleanupIncidents incidents,
            TaskRunner tasks) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.incidents = incidents;
        this.tasks = tasks;
        this.items = new ReturnedItems(seed.services().node(), seed.clock());
        this.cleared = context.messageAdapter(
                ProcessManager.Cleared.class, done -> returned(done.attempt(), Holding.PROCESSES, null, List.of()));
        this.flushed = context.messageAdapter(
                LogStore.Flushed.class, done -> returned(done.attempt(), Holding.OUTPUT, null, List.of()));
        this.released = context.messageAdapter(
                ResourceManager.AllReleased.class,
                done -> returned(
                        done.attempt(),
                        Holding.RESOURCES,
                        done.anythingLeft() ? "a resource is still in use" : null,
                        items.resources(done.released())));
        this.locksReleased = context.messageAdapter(
                LockManager.AllReleased.class, done -> returned(done.attempt(), Holding.LOCKS, null, locks(done)));
    }

    private List<ReturnedItem> locks(LockManager.AllReleased done) {
        return Stream.concat(
                        done.released().stream().map(lease -> items.lock(lease, ReturnedItem.End.RETURNED)),
                        done.left().stream().map(lease -> items.lock(lease, ReturnedItem.End.RUNS_OUT)))
                .toList();
    }

    private static CleanupManager.Command returned(
            AttemptId attempt, Holding holding, @Nullable String failure, List<ReturnedItem> items) {
        return new CleanupManager.Returned(attempt, holding, failure, items);
    }

    void cleanUp(CleanupManager.CleanUp request) {
        Run run = begin(request.attempt(), false, request.holdings(), request.replyTo());
        run.tasks = request.tasks().isEmpty() ? run.tasks : request.tasks();
        start(run);
    }

    /** The life of the channel that had it is over, and so are the leases of its processes. */
    void cleanUp(CleanupManager.CleanUpInterrupted request) {
        LiveJob.Running job = request.job();
        Run run = begin(AttemptId.of(job), false, Set.of(Holding.values()), request.replyTo());
        run.interrupted = job;
        run.tasks = request.tasks();
        start(run);
    }

    void cleanUp(CleanupManager.CleanUpStep request) {
        start(begin(request.attempt(), true, request.holdings(), request.replyTo()));
    }

    private Run begin(AttemptId attempt, boolean isOfStep, Set<Holding> holdings, ActorRef<CleanedUp> replyTo) {
        Run run = accounts.runs.computeIfAbsent(attempt, _ -> new Run(attempt, isOfStep));
        if (!run.listeners.contains(replyTo)) {
            run.listeners.add(replyTo);
        }
        run.left.addAll(holdings);
        run.left.removeAll(run.done);
        return run;
    }

    private void start(Run run) {
        if (run.step == null) {
            next(run);
        }
    }

    private void next(Run run) {
        if (run.left.isEmpty()) {
            end(run);
            return;
        }
        run.step = run.left.iterator().next();
        run.left.remove(run.step);
        run.done.add(run.step);
        run.tries = 0;
        attempt(run, run.step);
    }

    /** Asks for it, at first or again; asking twice does no harm. */
    private void attempt(Run run, Holding step) {
        run.tries++;
        run.retryAtNanos = System.nanoTime() + Limits.MANAGER_ANSWER_MAX.toNanos();
        switch (step) {
            case PROCESSES -> seed.siblings().processes().tell(new ProcessManager.Clear(run.attempt, cleared));
            case TASKS -> tasks.run(run.attempt, run.tasks);
            case WORK_DIRECTORY -> removeWorkDirectory(run.attempt);
            case LOCKS -> seed.siblings().locks().tell(endOfLeases(run));
            case OUTPUT -> seed.siblings().logs().tell(new LogStore.FlushAttempt(run.attempt, flushed));
            case RESOURCES -> seed.siblings().resources().tell(new ResourceManager.ReleaseAll(run.attempt, released));
        }
    }

    /**
     * A handler of an earlier life may go on where nobody can ask, and then what it holds has to run out. A process cannot:
     * its lease is over, and what ran on this node is known to have ended.
     */
    private LockManager.Command endOfLeases(Run run) {
        return run.interrupted != null && isProcess(run.interrupted) && run.areProcessesGone
                ? new LockManager.ReleaseAllOfEarlierLives(run.attempt, locksReleased)
                : new LockManager.ReleaseAll(run.attempt, locksReleased);
    }

    private static boolean isProcess(LiveJob.Running job) {
        return job.submitted().kind() == JobKind.PROCESS;
    }

    private void removeWorkDirectory(AttemptId attempt) {
        var directories = seed.services().processes().workDirectories();
        ChannelName channel = seed.channel();
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        () -> Removal.of(directories, channel, attempt),
                        seed.services().blocking()),
                (removal, defect) -> returned(
                        attempt,
                        Holding.WORK_DIRECTORY,
                        defect != null ? defect.toString() : removal.failure,
                        defect == null && removal.wasThere
                                ? List.of(items.directory(
                                        directories.path(channel, attempt).toString()))
                                : List.of()));
    }

    /** @param failure absent if the directory is gone */
    private record Removal(boolean wasThere, @Nullable String failure) {
        static Removal of(WorkDirectories directories, ChannelName channel, AttemptId attempt) {
            boolean wasThere = directories.exists(channel, attempt);
            try {
                directories.remove(channel, attempt);
            } catch (IOException e) {
                return new Removal(wasThere, "its work directory cannot be removed: " + e);
            }
            return new Removal(wasThere, directories.exists(channel, attempt) ? "its work directory is there" : null);
        }
    }

    void returned(CleanupManager.Returned returned) {
        Run run = accounts.runs.get(returned.attempt());
        if (run == null || run.step != returned.holding()) {
            return;
        }
        if (returned.failure() == null) {
            addItems(run, returned);
            next(run);
        } else if (returned.holding() != Holding.TASKS && run.tries < Limits.CLEANUP_TRIES_MAX) {
            long delay = RETRY_DELAY_MILLIS_MIN << (2 * (run.tries - 1));
            run.retryAtNanos = System.nanoTime() + delay * 1_000_000;
        } else {
            failed(run, returned.holding(), returned.failure());
        }
    }

    private void addItems(Run run, CleanupManager.Returned returned) {
        run.items.addAll(returned.items());
        LiveJob.Running interrupted = run.interrupted;
        String from = interrupted == null ? seed.services().node() : interrupted.node();
        if (returned.holding() == Holding.PROCESSES) {
            run.areProcessesGone = true;
            if (interrupted == null || isProcess(interrupted)) {
                run.items.add(items.process(run.attempt, from));
            }
            if (interrupted != null) {
                run.items.add(items.slot(run.attempt, from));
            }
        } else if (returned.holding() == Holding.RESOURCES && interrupted != null && interrupted.noted() != null) {
            run.items.addAll(items.goneResources(interrupted.noted(), from));
        }
    }

    /** @return true while there is something to come back for */
    boolean tick() {
        long now = System.nanoTime();
        for (Run run : List.copyOf(accounts.runs.values())) {
            Holding step = run.step;
            if (step != null && run.retryAtNanos - now <= 0) {
                repeat(run, step);
            }
        }
        return isBusy();
    }

    boolean isBusy() {
        return !accounts.runs.isEmpty();
    }

    private void repeat(Run run, Holding step) {
        if (step == Holding.OUTPUT || step == Holding.TASKS || run.tries < Limits.CLEANUP_TRIES_MAX) {
            attempt(run, step);
        } else {
            failed(run, step, "no answer to the question whether it returned its " + step);
        }
    }

    /** A step of a cleanup tells of it itself. */
    private void failed(Run run, Holding holding, String failure) {
        run.failures.add(failure);
        if (!run.isOfStep) {
            incidents.leftBehind(run.attempt, holding, failure);
        }
        next(run);
    }

    private void end(Run run) {
        accounts.runs.remove(run.attempt);
        if (!run.isOfStep) {
            record(run);
            tasks.returned(run.attempt, run.items);
        }
        run.listeners.forEach(listener -> listener.tell(new CleanedUp(run.attempt, run.failures)));
    }

    private void record(Run run) {
        accounts.history.addFirst(run.view(seed.services().node(), seed.channel(), Instant.now()));
        if (accounts.history.size() > Limits.CLEANUPS_KEPT_MAX) {
            accounts.history.removeLast();
        }
        seed.services().instruments().cleanupEnded(run.failures.isEmpty());
        if (!run.failures.isEmpty()) {
            report(run);
        }
    }

    private void report(Run run) {
        try (var _ = AttemptMdc.open(seed.channel(), run.attempt)) {
            LOG.warn("Cleanup left something behind: {}", run.failures);
        }
        seed.reports()
                .tell(new ChannelReport.ConditionRaised(new Condition(
                        "CleanupFailed",
                        "attempt " + run.attempt.number() + " of job " + run.attempt.job() + " left something behind: "
                                + String.join("; ", run.failures) + ". Remove it by hand on node "
                                + seed.services().node() + ".",
                        Instant.now())));
    }

    /** Those that run now, and those that ended lately, newest first. */
    List<Inspection.CleanupView> views() {
        var views = new ArrayList<Inspection.CleanupView>();
        accounts.runs.values().stream()
                .filter(run -> !run.isOfStep)
                .forEach(run -> views.add(run.view(seed.services().node(), seed.channel(), null)));
        views.addAll(accounts.history);
        return views;
    }

    /** What outlives a restart. */
    static final class Accounts {
        private final Map<AttemptId, Run> runs = new HashMap<>();
        private final Deque<Inspection.CleanupView> history = new ArrayDeque<>();
    }

    /** One cleanup under way. */
    private static final class Run {
        final AttemptId attempt;
        /** True for what belongs to a step of a cleanup, of which only that step tells. */
        final boolean isOfStep;

        final Instant startedAt = Instant.now();
        final Set<Holding> left = EnumSet.noneOf(Holding.class);
        final Set<Holding> done = EnumSet.noneOf(Holding.class);
        final List<ActorRef<CleanedUp>> listeners = new ArrayList<>();
        final List<String> failures = new ArrayList<>();
        final List<ReturnedItem> items = new ArrayList<>();
        List<CleanupTask> tasks = List.of();

        /** The job as it was when its attempt was cut off, absent if that has ended in this life of the channel. */
        LiveJob.@Nullable Running interrupted;

        /** True once nothing of its processes is left, on this node or on the one that had them. */
        boolean areProcessesGone;

        @Nullable Holding step;

        int tries;
        long retryAtNanos;

        Run(AttemptId attempt, boolean isOfStep) {
            this.attempt = attempt;
            this.isOfStep = isOfStep;
        }

        Inspection.CleanupView view(String node, ChannelName channel, @Nullable Instant endedAt) {
            String status = endedAt == null ? "RUNNING" : failures.isEmpty() ? "COMPLETE" : "FAILED";
            String detail = failures.isEmpty() ? "returns " + done : String.join("; ", failures);
            return new Inspection.CleanupView(
                    node,
                    channel,
                    attempt.job(),
                    attempt.epoch(),
                    null,
                    null,
                    status,
                    startedAt,
                    endedAt,
                    null,
                    detail);
        }
    }
}
