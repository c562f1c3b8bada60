package io.millrace.channel.process;

import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.Signals;
import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.Restarting;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
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
 * Owns the operating system processes of one channel: starts them, signals their groups, and remembers each until a
 * cleanup has seen that nothing of it is left. When the channel stops, every process is killed.
 */
public final class ProcessManager extends AbstractMatchingBehavior<ProcessManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessManager.class);
    /** How often it is looked whether killed groups are gone. */
    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(50);

    private final ChannelName channel;
    private final ChannelServices services;
    private final TimerScheduler<Command> timers;
    private final Accounts accounts;

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
     * @param output takes what the process writes
     */
    public record Start(
            AttemptId attempt,
            AttemptId actsFor,
            Work.Process work,
            Map<String, String> env,
            List<Integer> affinity,
            ProcessLimits limits,
            ProcessOutput output,
            ActorRef<Answer> replyTo)
            implements Command {
        public Start {
            env = Map.copyOf(env);
            affinity = List.copyOf(affinity);
        }
    }

    /** Ask the processes of an attempt to end: SIGTERM to the whole group. */
    public record Terminate(AttemptId attempt) implements Command {}

    /** End the processes of an attempt: SIGKILL to the whole group. */
    public record Kill(AttemptId attempt) implements Command {}

    /** End what is left of an attempt's processes and forget them if nothing is. */
    public record Clear(AttemptId attempt, ActorRef<Cleared> replyTo) implements Command {}

    /**
     * End the processes of the whole channel: SIGKILL to every group. Answered with {@link AllKilled} when they are gone, or
     * after {@link Limits#MANAGER_ANSWER_MAX}. What is started meanwhile is left alone.
     *
     * @param keep attempts whose processes go on
     */
    public record KillAll(Set<AttemptId> keep, ActorRef<AllKilled> replyTo) implements Command {
        public KillAll {
            keep = Set.copyOf(keep);
        }
    }

    /** Processes that run now. */
    public record Snapshot(ActorRef<Processes> replyTo) implements Command {}

    private enum Sweep implements Command {
        INSTANCE
    }

    private record ProcessStarted(AttemptId attempt, RunningProcess process, List<Condition> conditions)
            implements Command {
        ProcessStarted {
            conditions = List.copyOf(conditions);
        }
    }

    private record ProcessNotStarted(AttemptId attempt, Problem problem) implements Command {}

    private record ProcessEnded(AttemptId attempt, ExitStatus status, LimitReport limits) implements Command {}

    /** Answers to {@link Start}. */
    public sealed interface Answer {
        AttemptId attempt();
    }

    /**
     * It runs.
     *
     * @param conditions limits its job declares that are not enforced
     */
    public record Started(AttemptId attempt, long pid, List<Condition> conditions) implements Answer {
        public Started {
            conditions = List.copyOf(conditions);
        }
    }

    /** It could not be started. {@code INVALID_ARGUMENT} says that it never can. */
    public record NotStarted(AttemptId attempt, Problem problem) implements Answer {}

    /**
     * It ended, the rest of its group was killed, and all its output was handed over.
     *
     * @param exitCode absent if a signal ended it
     * @param signal name of the signal, for example {@code SIGKILL}
     * @param limits what limits had to do with it
     */
    public record Ended(
            AttemptId attempt,
            @Nullable Integer exitCode,
            @Nullable String signal,
            LimitReport limits) implements Answer {}

    /** Answer to {@link Clear}; {@code anythingLeft} says that a process of the attempt still lives. */
    public record Cleared(AttemptId attempt, boolean anythingLeft) {}

    /**
     * @param processes groups that were killed
     * @param left those of them that are still there, for people; empty if all are gone
     */
    public record AllKilled(int processes, List<String> left) {
        public AllKilled {
            left = List.copyOf(left);
        }
    }

    /** Processes that run now. */
    public record Processes(List<Inspection.ProcessView> processes) {
        public Processes {
            processes = List.copyOf(processes);
        }
    }

    /** Restarts itself after a defect; the table of running processes survives. */
    public static Behavior<Command> create(ChannelName channel, ChannelServices services) {
        return Behaviors.setup(_ -> {
            var accounts = new Accounts();
            return Restarting.after(context ->
                    Behaviors.withTimers(timers -> new ProcessManager(context, timers, channel, services, accounts)));
        });
    }

    private ProcessManager(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName channel,
            ChannelServices services,
            Accounts accounts) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.services = services;
        this.accounts = accounts;
        sweepUntilDone();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Start start -> onStart(start);
            case Terminate(var attempt) -> onTerminate(attempt);
            case Kill(var attempt) -> onKill(attempt);
            case Clear(var attempt, var replyTo) -> onClear(attempt, replyTo);
            case KillAll killAll -> onKillAll(killAll);
            case Sweep.INSTANCE -> onSweep();
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
            case ProcessStarted started -> onStarted(started);
            case ProcessNotStarted(var attempt, var problem) -> onNotStarted(attempt, problem);
            case ProcessEnded ended -> onEnded(ended);
        };
    }

    private Behavior<Command> onStart(Start start) {
        var known = accounts.processes.get(start.attempt);
        if (known != null) {
            known.repeatAnswer(start.replyTo);
            return this;
        }
        var request = new ProcessRequest(
                channel, start.attempt, start.actsFor, start.work, start.env, start.affinity, start.limits);
        var starting = new StartingProcess();
        accounts.processes.put(start.attempt, new ChannelProcess(start.replyTo, starting));
        services.processes()
                .start(
                        request,
                        start.output,
                        new Listener(start.attempt, starting, getContext().getSelf()));
        return this;
    }

    private Behavior<Command> onTerminate(AttemptId attempt) {
        var entry = accounts.processes.get(attempt);
        if (entry != null) {
            entry.signal(Signals.TERMINATE);
        }
        return this;
    }

    private Behavior<Command> onKill(AttemptId attempt) {
        var entry = accounts.processes.get(attempt);
        if (entry != null) {
            entry.signal(Signals.KILL);
        }
        return this;
    }

    /** Answers at once if the process has ended; else kills it and answers when it has. */
    private Behavior<Command> onClear(AttemptId attempt, ActorRef<Cleared> replyTo) {
        var entry = accounts.processes.get(attempt);
        if (entry == null) {
            replyTo.tell(new Cleared(attempt, false));
        } else if (entry.isOver) {
            clear(attempt, entry, replyTo);
        } else {
            entry.clearing.add(replyTo);
            entry.signal(Signals.KILL);
        }
        return this;
    }

    private void clear(AttemptId attempt, ChannelProcess entry, ActorRef<Cleared> replyTo) {
        boolean anythingLeft = entry.killRest();
        if (!anythingLeft) {
            accounts.processes.remove(attempt);
        }
        replyTo.tell(new Cleared(attempt, anythingLeft));
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

    private Behavior<Command> onSnapshot(ActorRef<Processes> replyTo) {
        var views = new ArrayList<Inspection.ProcessView>();
        accounts.processes.forEach((attempt, entry) -> {
            if (entry.process != null && !entry.isOver) {
                views.add(new Inspection.ProcessView(
                        services.node(),
                        channel,
                        attempt.job(),
                        attempt.number(),
                        entry.process.pid(),
                        entry.process.command(),
                        entry.process.startedAt()));
            }
        });
        replyTo.tell(new Processes(views));
        return this;
    }

    private Behavior<Command> onStarted(ProcessStarted started) {
        var entry = accounts.processes.get(started.attempt);
        if (entry == null) {
            return this;
        }
        entry.started(started.process);
        entry.answer(new Started(started.attempt, started.process.pid(), started.conditions));
        return this;
    }

    private Behavior<Command> onNotStarted(AttemptId attempt, Problem problem) {
        return over(attempt, new NotStarted(attempt, problem));
    }

    private Behavior<Command> onEnded(ProcessEnded ended) {
        var status = ended.status;
        return over(ended.attempt, new Ended(ended.attempt, status.exitCode(), status.signal(), ended.limits));
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

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            accounts.processes.forEach(this::abandon);
        }
        return this;
    }

    /** The channel leaves this node: nobody is left who would clean up after its attempts. */
    private void abandon(AttemptId attempt, ChannelProcess entry) {
        entry.starting.abandon();
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
    }

    /** Turns what a thread of the node tells into messages. */
    private record Listener(AttemptId attempt, StartingProcess starting, ActorRef<Command> manager)
            implements ProcessListener {
        @Override
        public void started(RunningProcess process, List<Condition> conditions) {
            starting.started(process);
            manager.tell(new ProcessStarted(attempt, process, conditions));
        }

        @Override
        public void notStarted(Problem problem) {
            manager.tell(new ProcessNotStarted(attempt, problem));
        }

        @Override
        public void ended(ExitStatus status, LimitReport limits) {
            manager.tell(new ProcessEnded(attempt, status, limits));
        }
    }
}
