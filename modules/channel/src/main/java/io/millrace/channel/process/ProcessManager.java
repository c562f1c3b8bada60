package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.Restarting;
import io.millrace.channel.log.LogStore;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.host.RunListener;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the operating system processes of one channel: has the process host start them, signals them, and remembers each
 * until a cleanup has seen that nothing of it is left. When the channel stops, every process is killed but those that
 * survive their node: they are left to the host, for the next life of the channel to adopt.
 *
 * <p>A process runs under a lease, which lasts as long as it is certain that the channel belongs to this node. While
 * processes run, the channel is asked for that; what it does not confirm in time the host ends.
 */
public final class ProcessManager extends AbstractMatchingBehavior<ProcessManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessManager.class);
    /** How often it is looked whether killed groups are gone. */
    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(50);

    private final ChannelName channel;
    private final ChannelServices services;
    private final ActorRef<ChannelReport> reports;
    private final LongSupplier nanoClock;
    private final TimerScheduler<Command> timers;
    private final Accounts accounts;
    private final ActorRef<LogStore.Flushed> stored;

    /** Messages of the process manager. */
    public sealed interface Command {}

    /**
     * Start the process of an attempt. Asking again does not start another: the latest answer comes again.
     *
     * @param actsFor attempt that the process is told it belongs to; another one than its own where it cleans up behind
     *     that
     * @param env variables of the channel and of the trace, which the job's own override
     * @param affinity processors it may run on, empty for all
     * @param limits what its job declares
     * @param terminal true for a pseudo terminal instead of pipes
     * @param survival whether the next life of the node, or of the channel, may {@link Adopt} it
     * @param ownedUntilNanos until when it is known for certain that the channel belongs to this node, on the clock of
     *     {@link System#nanoTime}; absent if the sender does not know. The channel is asked before it starts if that is
     *     not long enough
     * @param output takes what the process writes
     */
    public record Start(
            AttemptId attempt,
            AttemptId actsFor,
            Work.Process work,
            Map<String, String> env,
            List<Integer> affinity,
            ProcessLimits limits,
            boolean terminal,
            Survival survival,
            @Nullable Long ownedUntilNanos,
            ProcessOutput output,
            ActorRef<Answer> replyTo)
            implements Command {
        public Start {
            env = Map.copyOf(env);
            affinity = List.copyOf(affinity);
        }
    }

    /**
     * Take a process over that an earlier life of the node, or of its channel, has left. Answered like {@link Start}; with
     * {@link NotStarted} and {@code NOT_FOUND} if there is no such process. One that has ended meanwhile is answered as
     * started and ended.
     *
     * @param command as people are shown it
     * @param survival as it was started with
     * @param output takes what it writes, and what it wrote since nobody took it
     */
    public record Adopt(
            AttemptId attempt, String command, Survival survival, ProcessOutput output, ActorRef<Answer> replyTo)
            implements Command {}

    /**
     * Send a signal to the group of a process, if it runs.
     *
     * @param number of the signal, as the system counts them
     */
    public record Signal(AttemptId attempt, int number) implements Command {}

    /** Ask the process of an attempt to end: SIGTERM to its whole group. */
    public record Terminate(AttemptId attempt) implements Command {}

    /** End the process of an attempt with everything it started. */
    public record Kill(AttemptId attempt) implements Command {}

    /** End the process of an attempt with everything it started, and forget it once nothing of that is left. */
    public record Clear(AttemptId attempt, ActorRef<Cleared> replyTo) implements Command {}

    /**
     * End the processes of the whole channel with everything they started. Answered with {@link AllKilled} when they are gone, or
     * after {@link Limits#MANAGER_ANSWER_MAX}. What is started meanwhile is left alone.
     *
     * @param keep attempts whose processes go on
     */
    public record KillAll(Set<AttemptId> keep, ActorRef<AllKilled> replyTo) implements Command {
        public KillAll {
            keep = Set.copyOf(keep);
        }
    }

    /**
     * The node stops: leave what survives it to its next life. Answered with {@link Left} once everything that was taken of
     * its output is durable.
     */
    public record Leave(ActorRef<Left> replyTo) implements Command {}

    /** Processes that run now. */
    public record Snapshot(ActorRef<Processes> replyTo) implements Command {}

    /**
     * The channel belongs to this node for certain.
     *
     * @param untilNanos end of the lease that follows from it, on the clock of {@link System#nanoTime}
     */
    public record OwnershipConfirmed(long untilNanos) implements Command {}

    private enum Sweep implements Command {
        INSTANCE
    }

    private enum Renew implements Command {
        INSTANCE
    }

    private record OutputStored(AttemptId attempt) implements Command {}

    private record ProcessStarted(AttemptId attempt, RunListener.Started how) implements Command {}

    private record ProcessNotStarted(AttemptId attempt, Problem problem) implements Command {}

    private record ProcessEnded(AttemptId attempt, RunListener.Ended how) implements Command {}

    /** Answers to {@link Start}. */
    public sealed interface Answer {
        AttemptId attempt();
    }

    /**
     * It runs.
     *
     * @param startedAtMillis wall clock
     * @param conditions limits its job declares that are not enforced
     */
    public record Started(AttemptId attempt, int pid, long startedAtMillis, List<Condition> conditions)
            implements Answer {
        public Started {
            conditions = List.copyOf(conditions);
        }
    }

    /** It could not be started. {@code INVALID_ARGUMENT} says that it never can. */
    public record NotStarted(AttemptId attempt, Problem problem) implements Answer {}

    /**
     * It ended, nothing of what it started is left, and all its output was handed over.
     *
     * @param exitCode absent if a signal ended it, or if nobody saw how it ended
     * @param signal name of the signal, for example {@code SIGKILL}; absent if it exited, or if nobody saw how it ended
     * @param endedAtMillis wall clock
     * @param reason why the process host ended it by itself, absent if it did not
     * @param limits what limits had to do with it
     * @param bytesDropped output that was not kept while the node did not take any
     */
    public record Ended(
            AttemptId attempt,
            @Nullable Integer exitCode,
            @Nullable String signal,
            long endedAtMillis,
            RunListener.@Nullable EndReason reason,
            LimitReport limits,
            long bytesDropped)
            implements Answer {}

    /** Answer to {@link Clear}: nothing of the process is left. */
    public record Cleared(AttemptId attempt) {}

    /**
     * @param processes that were killed
     * @param left those of them that are still there, for people; empty if all are gone
     */
    public record AllKilled(int processes, List<String> left) {
        public AllKilled {
            left = List.copyOf(left);
        }
    }

    /** Answer to {@link Leave}: nothing more is taken of what survives the node, and what was taken is durable. */
    public record Left() {}

    /** Processes that run now. */
    public record Processes(List<Inspection.ProcessView> processes) {
        public Processes {
            processes = List.copyOf(processes);
        }
    }

    /**
     * Restarts itself after a defect; the table of running processes survives.
     *
     * @param reports where the channel is asked whether it belongs to this node
     */
    public static Behavior<Command> create(
            ChannelName channel, ChannelServices services, ActorRef<ChannelReport> reports) {
        return create(channel, services, reports, System::nanoTime);
    }

    static Behavior<Command> create(
            ChannelName channel, ChannelServices services, ActorRef<ChannelReport> reports, LongSupplier nanoClock) {
        return Behaviors.setup(_ -> {
            var accounts = new Accounts(services.processLease());
            return Restarting.after(context -> Behaviors.withTimers(
                    timers -> new ProcessManager(context, timers, channel, services, reports, nanoClock, accounts)));
        });
    }

    private ProcessManager(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName channel,
            ChannelServices services,
            ActorRef<ChannelReport> reports,
            LongSupplier nanoClock,
            Accounts accounts) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.services = services;
        this.reports = reports;
        this.nanoClock = nanoClock;
        this.accounts = accounts;
        this.stored = context.messageAdapter(LogStore.Flushed.class, flushed -> new OutputStored(flushed.attempt()));
        sweepUntilDone();
        renewWhenDue();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Start start -> onStart(start);
            case Adopt adopt -> onAdopt(adopt);
            case Signal(var attempt, var number) -> onSignal(attempt, number);
            case Terminate(var attempt) -> onEnd(attempt, Signals.TERMINATE);
            case Kill(var attempt) -> onEnd(attempt, Signals.KILL);
            case Clear(var attempt, var replyTo) -> onClear(attempt, replyTo);
            case KillAll killAll -> onKillAll(killAll);
            case Leave(var replyTo) -> onLeave(replyTo);
            case OutputStored(var attempt) -> onOutputStored(attempt);
            case Sweep.INSTANCE -> onSweep();
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
            case OwnershipConfirmed(var untilNanos) -> onOwnershipConfirmed(untilNanos);
            case Renew.INSTANCE -> onRenew();
            case ProcessStarted(var attempt, var how) -> onStarted(attempt, how);
            case ProcessNotStarted(var attempt, var problem) -> over(attempt, new NotStarted(attempt, problem));
            case ProcessEnded(var attempt, var how) -> over(attempt, ended(attempt, how));
        };
    }

    // Starts

    private Behavior<Command> onStart(Start start) {
        var known = accounts.processes.get(start.attempt);
        if (known != null) {
            known.repeatAnswer(start.replyTo);
            return this;
        }
        if (start.ownedUntilNanos != null) {
            accounts.leases.owned(start.ownedUntilNanos);
        }
        var entry = new ChannelProcess(String.join(" ", start.work.command()), start.survival, start.replyTo);
        accounts.processes.put(start.attempt, entry);
        entry.waiting = start;
        beginIfOwned(entry, start);
        renewWhenDue();
        return this;
    }

    /** A process that starts has enough of a lease for a renewal to come in time. */
    private void beginIfOwned(ChannelProcess entry, Start start) {
        Long leaseEnd = accounts.leases.endForStart(nanoClock.getAsLong());
        if (leaseEnd == null) {
            return;
        }
        entry.waiting = null;
        entry.leaseEndNanos = leaseEnd;
        var request = new ProcessRequest(
                channel,
                start.attempt,
                start.actsFor,
                start.work,
                start.env,
                start.affinity,
                start.limits,
                start.terminal,
                start.survival != Survival.NONE,
                leaseEnd);
        entry.run = services.processes().start(request, start.output, listener(start.attempt));
    }

    /** Until the channel has confirmed that it is this node's, its lease is the one that its earlier life gave it. */
    private Behavior<Command> onAdopt(Adopt adopt) {
        var known = accounts.processes.get(adopt.attempt);
        if (known != null) {
            known.repeatAnswer(adopt.replyTo);
            return this;
        }
        var entry = new ChannelProcess(adopt.command, adopt.survival, adopt.replyTo);
        entry.leaseEndNanos = nanoClock.getAsLong();
        accounts.processes.put(adopt.attempt, entry);
        entry.run = services.processes()
                .adopt(channel, adopt.attempt, adopt.survival, adopt.output, listener(adopt.attempt));
        renewWhenDue();
        return this;
    }

    private Listener listener(AttemptId attempt) {
        return new Listener(attempt, getContext().getSelf());
    }

    private Behavior<Command> onStarted(AttemptId attempt, RunListener.Started how) {
        var entry = accounts.processes.get(attempt);
        if (entry != null) {
            entry.started(how);
            entry.answer(new Started(attempt, how.pid(), how.startedAtMillis(), how.conditions()));
            renew();
        }
        return this;
    }

    // Leases

    private Behavior<Command> onOwnershipConfirmed(long untilNanos) {
        accounts.leases.owned(untilNanos);
        renew();
        accounts.processes.values().forEach(entry -> {
            if (entry.waiting != null) {
                beginIfOwned(entry, entry.waiting);
            }
        });
        return this;
    }

    private void renew() {
        var ends = accounts.leases.renewed();
        if (!ends.isEmpty()) {
            services.processes().renew(ends);
        }
    }

    private Behavior<Command> onRenew() {
        if (accounts.leases.isNeeded()) {
            var wait = accounts.leases.untilQuestion(nanoClock.getAsLong());
            if (wait.isZero()) {
                reports.tell(new ChannelReport.OwnershipAsked(getContext().getSelf()));
                wait = accounts.leases.questionInterval();
            }
            timers.startSingleTimer(Renew.INSTANCE, wait);
        }
        return this;
    }

    /** While the timer runs it finds what began since; without a process there is none. */
    private void renewWhenDue() {
        if (!timers.isTimerActive(Renew.INSTANCE)) {
            onRenew();
        }
    }

    // Ends

    private Behavior<Command> onSignal(AttemptId attempt, int number) {
        var entry = accounts.processes.get(attempt);
        if (entry != null && entry.isRunning()) {
            entry.signal(number);
        }
        return this;
    }

    private Behavior<Command> onEnd(AttemptId attempt, int signal) {
        var entry = accounts.processes.get(attempt);
        if (entry != null) {
            end(attempt, entry, signal);
        }
        return this;
    }

    /** A process that only waits for its start is not started any more. */
    private void end(AttemptId attempt, ChannelProcess entry, int signal) {
        var waiting = entry.waiting;
        if (waiting == null) {
            entry.signal(signal);
        } else {
            entry.waiting = null;
            waiting.output.giveBackBuffer(
                    () -> getContext().getSelf().tell(new ProcessNotStarted(attempt, endedBeforeItsStart())));
        }
    }

    private static Problem endedBeforeItsStart() {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                "ProcessManager",
                "The process was ended before it was started: it was not certain yet that the channel belongs to this "
                        + "node, because the database did not say so. Look at the database, then try again.");
    }

    /**
     * Answers at once if the process has ended; else kills it and answers when it has. One of an earlier life of the channel
     * on this node is being killed already.
     */
    private Behavior<Command> onClear(AttemptId attempt, ActorRef<Cleared> replyTo) {
        var entry = accounts.processes.get(attempt);
        if (entry == null) {
            services.processes().whenGone(channel, attempt, () -> replyTo.tell(new Cleared(attempt)));
        } else if (entry.isOver) {
            clear(attempt, entry, replyTo);
        } else {
            entry.clearing.add(replyTo);
            end(attempt, entry, Signals.KILL);
        }
        return this;
    }

    private void clear(AttemptId attempt, ChannelProcess entry, ActorRef<Cleared> replyTo) {
        accounts.processes.remove(attempt);
        if (entry.run != null) {
            entry.run.forget();
        }
        replyTo.tell(new Cleared(attempt));
    }

    private Behavior<Command> onKillAll(KillAll killAll) {
        accounts.sweeps.begin(killAll, System.nanoTime());
        sweepUntilDone();
        return this;
    }

    private Behavior<Command> onSweep() {
        accounts.sweeps.look(System.nanoTime());
        sweepUntilDone();
        return this;
    }

    private void sweepUntilDone() {
        if (accounts.sweeps.isEmpty()) {
            timers.cancel(Sweep.INSTANCE);
        } else if (!timers.isTimerActive(Sweep.INSTANCE)) {
            timers.startTimerWithFixedDelay(Sweep.INSTANCE, SWEEP_INTERVAL);
        }
    }

    /** Of what ended together with its host nobody saw the status. */
    private static Ended ended(AttemptId attempt, RunListener.Ended how) {
        boolean wasSeen = how.reason() != RunListener.EndReason.HOST_GONE;
        return new Ended(
                attempt,
                wasSeen ? how.status().exitCode() : null,
                wasSeen ? how.status().signal() : null,
                how.endedAtMillis(),
                how.reason(),
                how.limits(),
                how.bytesDropped());
    }

    private Behavior<Command> over(AttemptId attempt, Answer answer) {
        var entry = accounts.processes.get(attempt);
        if (entry != null) {
            entry.isOver = true;
            entry.answer(answer);
            entry.clearing.forEach(replyTo -> clear(attempt, entry, replyTo));
            entry.clearing.clear();
            onSweep();
        }
        return this;
    }

    private Behavior<Command> onSnapshot(ActorRef<Processes> replyTo) {
        var views = new ArrayList<Inspection.ProcessView>();
        accounts.processes.forEach((attempt, entry) -> {
            if (entry.started != null && !entry.isOver) {
                views.add(new Inspection.ProcessView(
                        services.node(),
                        channel,
                        attempt.job(),
                        attempt.number(),
                        entry.survival == Survival.RESTART,
                        entry.started.pid(),
                        entry.command,
                        Instant.ofEpochMilli(entry.started.startedAtMillis())));
            }
        });
        replyTo.tell(new Processes(views));
        return this;
    }

    @Override
    public Behavior<Command> onSignal(org.apache.pekko.actor.typed.Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            accounts.processes.forEach(this::letGo);
            services.processes().leave(channel);
        }
        return this;
    }

    private Behavior<Command> onLeave(ActorRef<Left> replyTo) {
        accounts.leaving = replyTo;
        accounts.processes.forEach((attempt, entry) -> {
            var run = entry.run;
            if (run != null && entry.survival == Survival.RESTART && isLeft(entry, run)) {
                accounts.unstored.add(attempt);
                services.processes().leave(run, stored);
            }
        });
        return tellLeft();
    }

    private Behavior<Command> onOutputStored(AttemptId attempt) {
        accounts.unstored.remove(attempt);
        return tellLeft();
    }

    private Behavior<Command> tellLeft() {
        var replyTo = accounts.leaving;
        if (replyTo != null && accounts.unstored.isEmpty()) {
            accounts.leaving = null;
            replyTo.tell(new Left());
        }
        return this;
    }

    /** What the host may not know yet is not left: a start under way would go on behind the back of who looks for it. */
    private boolean isLeft(ChannelProcess entry, ProcessRun run) {
        return switch (entry.survival) {
            case NONE -> false;
            case FAILURE -> run.isKnownToHost() && !isNodeStopping();
            case RESTART -> !entry.isOver && mayGoOn(run);
        };
    }

    /**
     * The channel leaves this node, or begins anew. What is not left to the next life of the channel is ended: nobody would
     * clean up after it.
     */
    private void letGo(AttemptId attempt, ChannelProcess entry) {
        var run = entry.run;
        if (run == null) {
            return;
        }
        if (isLeft(entry, run)) {
            services.processes().leaveUnstored(run);
        } else {
            run.abandon();
            run.whenOver(() -> removeWorkDirectory(attempt));
        }
    }

    /** A channel that begins anew takes its services over at once, a node that is started again after some time. */
    private boolean mayGoOn(ProcessRun run) {
        boolean isNodeStopping = isNodeStopping();
        Long end = isNodeStopping ? accounts.leases.endAfterStop() : null;
        if (end != null) {
            services.processes().renew(Map.of(run.key(), end));
        }
        return !isNodeStopping || end != null;
    }

    private boolean isNodeStopping() {
        return CoordinatedShutdown.get(getContext().getSystem())
                .getShutdownReason()
                .isPresent();
    }

    private void removeWorkDirectory(AttemptId attempt) {
        services.blocking().execute(() -> {
            try {
                services.processes().workDirectories().remove(channel, attempt);
            } catch (IOException e) {
                LOG.info("The work directory of attempt {} stays until the node starts again", attempt, e);
            }
        });
    }

    /** What outlives a restart. */
    private static final class Accounts {
        final Map<AttemptId, ChannelProcess> processes = new HashMap<>();
        final ProcessSweeps sweeps = new ProcessSweeps(processes);
        final LeaseRenewal leases;
        final Set<AttemptId> unstored = new HashSet<>();

        @Nullable ActorRef<Left> leaving;

        Accounts(ProcessLease lease) {
            leases = new LeaseRenewal(lease, processes);
        }
    }

    /** Turns what a thread of the node tells into messages. */
    private record Listener(AttemptId attempt, ActorRef<Command> manager) implements ProcessListener {
        @Override
        public void started(RunListener.Started started) {
            manager.tell(new ProcessStarted(attempt, started));
        }

        @Override
        public void notStarted(Problem problem) {
            manager.tell(new ProcessNotStarted(attempt, problem));
        }

        @Override
        public void ended(RunListener.Ended ended) {
            manager.tell(new ProcessEnded(attempt, ended));
        }
    }
}
