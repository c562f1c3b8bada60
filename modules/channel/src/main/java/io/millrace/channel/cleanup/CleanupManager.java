package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.Restarting;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.Condition;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.time.Duration;
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
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans up behind the attempts of one channel, step by step: processes, work directory, locks, output, resources. A step
 * counts as done only when whoever owns the thing says that nothing is left of it. A step that fails is tried
 * {@link Limits#CLEANUP_TRIES_MAX} times; what still cannot be returned then is named in the answer and becomes a
 * condition of the channel. Output is waited for without end: while the database is away nothing may be forgotten.
 *
 * <p>An attempt that holds nothing needs no cleanup, and its worker asks for none; what an attempt can hold, and in which
 * order it is returned, is known here alone.
 */
public final class CleanupManager extends AbstractMatchingBehavior<CleanupManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(CleanupManager.class);
    private static final Duration TICK = Duration.ofMillis(50);
    private static final long RETRY_DELAY_MILLIS_MIN = 50;

    private final ChannelName channel;
    private final ChannelServices services;
    private final Siblings siblings;
    private final TimerScheduler<Command> timers;
    private final Accounts accounts;
    private final ActorRef<ProcessManager.Cleared> cleared;
    private final ActorRef<LogStore.Flushed> flushed;
    private final ActorRef<ResourceManager.AllReleased> released;
    private final ActorRef<LockManager.AllReleased> locksReleased;

    /** Messages of the cleanup manager. */
    public sealed interface Command {}

    /** Return everything an attempt holds. Asking again while it runs adds a listener; afterwards it runs again. */
    public record CleanUp(AttemptId attempt, Set<Holding> holdings, ActorRef<CleanedUp> replyTo) implements Command {
        public CleanUp {
            holdings = Set.copyOf(holdings);
        }
    }

    /** Cleanups that run now or ended lately, newest first. */
    public record Snapshot(ActorRef<Cleanups> replyTo) implements Command {}

    private record StepEnded(
            AttemptId attempt, Holding step, @Nullable String failure) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    /** Kinds of things an attempt can hold, in the order in which they are returned. */
    public enum Holding {
        /** A process and its descendants. */
        PROCESSES,
        /** A work directory of its own. */
        WORK_DIRECTORY,
        /** Locks, which what is gone by now may have guarded itself with. */
        LOCKS,
        /** Lines that are not durable yet. */
        OUTPUT,
        /** Entries in the ledger. */
        RESOURCES
    }

    /**
     * An attempt was cleaned up.
     *
     * @param failures what could not be returned, empty if everything was
     */
    public record CleanedUp(AttemptId attempt, List<String> failures) {
        public CleanedUp {
            failures = List.copyOf(failures);
        }
    }

    /** Cleanups that run now or ended lately, newest first. */
    public record Cleanups(List<Inspection.CleanupView> runs) {
        public Cleanups {
            runs = List.copyOf(runs);
        }
    }

    /** Restarts itself after a defect; runs under way survive. */
    public static Behavior<Command> create(
            ChannelName channel,
            ChannelServices services,
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<LogStore.Command> logs,
            ActorRef<LockManager.Command> locks,
            ActorRef<ChannelReport> reports) {
        var siblings = new Siblings(resources, processes, logs, locks, reports);
        return Behaviors.setup(_ -> {
            var accounts = new Accounts();
            return Restarting.after(context -> Behaviors.withTimers(
                    timers -> new CleanupManager(context, timers, channel, services, siblings, accounts)));
        });
    }

    private CleanupManager(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName channel,
            ChannelServices services,
            Siblings siblings,
            Accounts accounts) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.services = services;
        this.siblings = siblings;
        this.accounts = accounts;
        this.cleared = context.messageAdapter(
                ProcessManager.Cleared.class,
                done -> new StepEnded(
                        done.attempt(), Holding.PROCESSES, done.anythingLeft() ? "a process still lives" : null));
        this.flushed = context.messageAdapter(
                LogStore.Flushed.class, done -> new StepEnded(done.attempt(), Holding.OUTPUT, null));
        this.released = context.messageAdapter(
                ResourceManager.AllReleased.class,
                done -> new StepEnded(
                        done.attempt(), Holding.RESOURCES, done.anythingLeft() ? "a resource is still in use" : null));
        this.locksReleased = context.messageAdapter(
                LockManager.AllReleased.class, done -> new StepEnded(done.attempt(), Holding.LOCKS, null));
        startTicking();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case CleanUp cleanUp -> onCleanUp(cleanUp);
            case StepEnded(var attempt, var step, var failure) -> onStepEnded(attempt, step, failure);
            case Tick.INSTANCE -> onTick();
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
        };
    }

    private Behavior<Command> onCleanUp(CleanUp cleanUp) {
        var run = accounts.runs.computeIfAbsent(cleanUp.attempt, Run::new);
        run.listeners.add(cleanUp.replyTo);
        run.left.addAll(cleanUp.holdings);
        run.all.addAll(cleanUp.holdings);
        if (run.step == null) {
            next(run);
        }
        startTicking();
        return this;
    }

    private void next(Run run) {
        if (run.left.isEmpty()) {
            end(run);
            return;
        }
        run.step = run.left.iterator().next();
        run.left.remove(run.step);
        run.tries = 0;
        attempt(run, run.step);
    }

    /** Asks for the step, at first or again; asking twice does no harm. */
    private void attempt(Run run, Holding step) {
        run.tries++;
        run.retryAtNanos = System.nanoTime() + Limits.MANAGER_ANSWER_MAX.toNanos();
        switch (step) {
            case PROCESSES -> siblings.processes.tell(new ProcessManager.Clear(run.attempt, cleared));
            case WORK_DIRECTORY -> removeWorkDirectory(run.attempt);
            case LOCKS -> siblings.locks.tell(new LockManager.ReleaseAll(run.attempt, locksReleased));
            case OUTPUT -> siblings.logs.tell(new LogStore.FlushAttempt(run.attempt, flushed));
            case RESOURCES -> siblings.resources.tell(new ResourceManager.ReleaseAll(run.attempt, released));
        }
    }

    private void removeWorkDirectory(AttemptId attempt) {
        var directories = services.processes().workDirectories();
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        directories.remove(channel, attempt);
                                    } catch (IOException e) {
                                        return "its work directory cannot be removed: " + e;
                                    }
                                    return directories.exists(channel, attempt) ? "its work directory is there" : "";
                                },
                                services.blocking()),
                        (failure, defect) -> new StepEnded(
                                attempt,
                                Holding.WORK_DIRECTORY,
                                defect != null ? defect.toString() : failure.isEmpty() ? null : failure));
    }

    private Behavior<Command> onStepEnded(AttemptId attempt, Holding step, @Nullable String failure) {
        var run = accounts.runs.get(attempt);
        if (run == null || run.step != step) {
            return this;
        }
        if (failure == null) {
            next(run);
        } else if (run.tries < Limits.CLEANUP_TRIES_MAX) {
            long delay = RETRY_DELAY_MILLIS_MIN << (2 * run.tries);
            run.retryAtNanos = System.nanoTime() + delay * 1_000_000;
        } else {
            run.failures.add(failure);
            next(run);
        }
        return this;
    }

    private Behavior<Command> onTick() {
        long now = System.nanoTime();
        for (var run : List.copyOf(accounts.runs.values())) {
            var step = run.step;
            if (step != null && run.retryAtNanos - now <= 0) {
                repeat(run, step);
            }
        }
        if (accounts.runs.isEmpty()) {
            timers.cancel(Tick.INSTANCE);
        }
        return this;
    }

    private void repeat(Run run, Holding step) {
        if (step == Holding.OUTPUT || run.tries < Limits.CLEANUP_TRIES_MAX) {
            attempt(run, step);
        } else {
            run.failures.add("no answer to the question whether it returned its " + step);
            next(run);
        }
    }

    private void startTicking() {
        if (!accounts.runs.isEmpty() && !timers.isTimerActive(Tick.INSTANCE)) {
            timers.startTimerWithFixedDelay(Tick.INSTANCE, Tick.INSTANCE, TICK);
        }
    }

    private void end(Run run) {
        accounts.runs.remove(run.attempt);
        accounts.history.addFirst(run.view(services.node(), channel, Instant.now()));
        if (accounts.history.size() > Limits.CLEANUPS_KEPT_MAX) {
            accounts.history.removeLast();
        }
        services.instruments().cleanupEnded(run.failures.isEmpty());
        if (!run.failures.isEmpty()) {
            report(run);
        }
        run.listeners.forEach(listener -> listener.tell(new CleanedUp(run.attempt, run.failures)));
    }

    private void report(Run run) {
        try (var _ = AttemptMdc.open(channel, run.attempt)) {
            LOG.warn("Cleanup left something behind: {}", run.failures);
        }
        siblings.reports.tell(new ChannelReport.ConditionRaised(new Condition(
                "CleanupFailed",
                "attempt " + run.attempt.number() + " of job " + run.attempt.job() + " left something behind: "
                        + String.join("; ", run.failures) + ". Remove it by hand on node " + services.node() + ".",
                Instant.now())));
    }

    private Behavior<Command> onSnapshot(ActorRef<Cleanups> replyTo) {
        var views = new ArrayList<Inspection.CleanupView>();
        accounts.runs.values().forEach(run -> views.add(run.view(services.node(), channel, null)));
        views.addAll(accounts.history);
        replyTo.tell(new Cleanups(views));
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        }
        return this;
    }

    private record Siblings(
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<LogStore.Command> logs,
            ActorRef<LockManager.Command> locks,
            ActorRef<ChannelReport> reports) {}

    /** What outlives a restart. */
    private static final class Accounts {
        final Map<AttemptId, Run> runs = new HashMap<>();
        final Deque<Inspection.CleanupView> history = new ArrayDeque<>();
    }

    /** One cleanup under way. */
    private static final class Run {
        final AttemptId attempt;
        final Instant startedAt = Instant.now();
        final Set<Holding> left = EnumSet.noneOf(Holding.class);
        final Set<Holding> all = EnumSet.noneOf(Holding.class);
        final List<ActorRef<CleanedUp>> listeners = new ArrayList<>();
        final List<String> failures = new ArrayList<>();

        @Nullable Holding step;

        int tries;
        long retryAtNanos;

        Run(AttemptId attempt) {
            this.attempt = attempt;
        }

        Inspection.CleanupView view(String node, ChannelName channel, @Nullable Instant endedAt) {
            String status = endedAt == null ? "RUNNING" : failures.isEmpty() ? "COMPLETE" : "FAILED";
            String detail = failures.isEmpty() ? "returns " + all : String.join("; ", failures);
            return new Inspection.CleanupView(
                    node, channel, attempt.job(), attempt.epoch(), status, startedAt, endedAt, detail);
        }
    }
}
