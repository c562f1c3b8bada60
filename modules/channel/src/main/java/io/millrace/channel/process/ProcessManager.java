package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.Restarting;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the operating system processes of one channel: starts them, signals their groups, and remembers each until a
 * cleanup has seen that nothing of it is left. When the channel stops, every process is killed.
 */
public final class ProcessManager extends AbstractMatchingBehavior<ProcessManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessManager.class);

    private final ChannelName channel;
    private final ChannelServices services;
    private final Map<AttemptId, Entry> entries;

    /** Messages of the process manager. */
    public sealed interface Command {}

    /**
     * Start the process of an attempt. Asking again does not start another: the latest answer comes again.
     *
     * @param env variables of the channel and of the trace, which the job's own override
     * @param affinity processors it may run on, empty for all
     * @param limits what its job declares
     * @param output takes what the process writes
     */
    public record Start(
            AttemptId attempt,
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

    /** Processes that run now. */
    public record Snapshot(ActorRef<Processes> replyTo) implements Command {}

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

    /** Processes that run now. */
    public record Processes(List<Inspection.ProcessView> processes) {
        public Processes {
            processes = List.copyOf(processes);
        }
    }

    /** Restarts itself after a defect; the table of running processes survives. */
    public static Behavior<Command> create(ChannelName channel, ChannelServices services) {
        return Behaviors.setup(_ -> {
            var entries = new HashMap<AttemptId, Entry>();
            return Restarting.after(context -> new ProcessManager(context, channel, services, entries));
        });
    }

    private ProcessManager(
            ActorContext<Command> context,
            ChannelName channel,
            ChannelServices services,
            Map<AttemptId, Entry> entries) {
        super(context);
        this.channel = channel;
        this.services = services;
        this.entries = entries;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Start start -> onStart(start);
            case Terminate(var attempt) -> onTerminate(attempt);
            case Kill(var attempt) -> onKill(attempt);
            case Clear(var attempt, var replyTo) -> onClear(attempt, replyTo);
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
            case ProcessStarted started -> onStarted(started);
            case ProcessNotStarted(var attempt, var problem) -> onNotStarted(attempt, problem);
            case ProcessEnded ended -> onEnded(ended);
        };
    }

    private Behavior<Command> onStart(Start start) {
        var known = entries.get(start.attempt);
        if (known != null) {
            known.repeatAnswer(start.replyTo);
            return this;
        }
        var request = new ProcessRequest(channel, start.attempt, start.work, start.env, start.affinity, start.limits);
        var starting = new StartingProcess();
        entries.put(start.attempt, new Entry(start.replyTo, starting));
        services.processes()
                .start(
                        request,
                        start.output,
                        new Listener(start.attempt, starting, getContext().getSelf()));
        return this;
    }

    private Behavior<Command> onTerminate(AttemptId attempt) {
        var entry = entries.get(attempt);
        if (entry != null) {
            entry.signal(Signals.TERMINATE);
        }
        return this;
    }

    private Behavior<Command> onKill(AttemptId attempt) {
        var entry = entries.get(attempt);
        if (entry != null) {
            entry.signal(Signals.KILL);
        }
        return this;
    }

    /** Answers at once if the process has ended; else kills it and answers when it has. */
    private Behavior<Command> onClear(AttemptId attempt, ActorRef<Cleared> replyTo) {
        var entry = entries.get(attempt);
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

    private void clear(AttemptId attempt, Entry entry, ActorRef<Cleared> replyTo) {
        var process = entry.process;
        boolean anythingLeft = process != null && Signals.isAlive(process.pid());
        if (process != null && anythingLeft) {
            Signals.sendToGroup(process.pid(), Signals.KILL);
        } else {
            entries.remove(attempt);
        }
        replyTo.tell(new Cleared(attempt, anythingLeft));
    }

    private Behavior<Command> onSnapshot(ActorRef<Processes> replyTo) {
        var views = new ArrayList<Inspection.ProcessView>();
        entries.forEach((attempt, entry) -> {
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
        var entry = entries.get(started.attempt);
        if (entry == null) {
            return this;
        }
        entry.process = started.process;
        entry.answer(new Started(started.attempt, started.process.pid(), started.conditions));
        if (entry.earlySignal != 0) {
            entry.signal(entry.earlySignal);
        }
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
        var entry = entries.get(attempt);
        if (entry != null) {
            entry.isOver = true;
            entry.answer(answer);
            entry.clearing.forEach(replyTo -> clear(attempt, entry, replyTo));
            entry.clearing.clear();
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            entries.forEach(this::abandon);
        }
        return this;
    }

    /** The channel leaves this node: nobody is left who would clean up after its attempts. */
    private void abandon(AttemptId attempt, Entry entry) {
        entry.starting.abandon();
        services.blocking().execute(() -> {
            try {
                services.processes().workDirectories().remove(channel, attempt);
            } catch (IOException e) {
                LOG.info("The work directory of attempt {} stays until the node starts again", attempt, e);
            }
        });
    }

    /** What is known of an attempt's process. */
    private static final class Entry {
        private final StartingProcess starting;
        private ActorRef<Answer> replyTo;
        private @Nullable Answer latest;
        private @Nullable RunningProcess process;
        private boolean isOver;
        private int earlySignal;
        private final List<ActorRef<Cleared>> clearing = new ArrayList<>();

        Entry(ActorRef<Answer> replyTo, StartingProcess starting) {
            this.starting = starting;
            this.replyTo = replyTo;
        }

        void answer(Answer answer) {
            latest = answer;
            replyTo.tell(answer);
        }

        void repeatAnswer(ActorRef<Answer> to) {
            replyTo = to;
            if (latest != null) {
                to.tell(latest);
            }
        }

        /** A signal to a process that is about to start reaches it once it has. */
        void signal(int signal) {
            if (process == null) {
                earlySignal = Math.max(earlySignal, signal == Signals.KILL ? Integer.MAX_VALUE : signal);
            } else if (signal == Signals.TERMINATE) {
                process.terminate();
            } else {
                process.kill();
            }
        }
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
