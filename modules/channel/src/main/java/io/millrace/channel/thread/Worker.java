package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.cleanup.CleanupManager.Holding;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.job.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One execution slot. Takes an attempt from its start to its cleaned-up end, then the next one.
 *
 * <p>An attempt declares what it needs, gets all of it or waits, runs, and is cleaned up if it holds anything. To stop it
 * means to ask (SIGTERM, or cancellation and an interrupt), to wait {@link Limits#STOP_GRACE}, and then to force: a
 * process is killed with its group; a handler cannot be, so its attempt is reported as it is and the slot stays taken
 * until the handler returns.
 *
 * <p>A request to a manager that is not answered in {@link Limits#MANAGER_ANSWER_MAX} is sent again. The only timer is
 * armed for the earliest time at which something may have to be done and is left alone when an attempt ends earlier, so
 * short attempts cost none.
 */
final class Worker extends AbstractMatchingBehavior<Worker.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final long NEVER = Long.MAX_VALUE;

    /** Where tracing libraries look for the trace a process belongs to. */
    private static final String TRACEPARENT = "TRACEPARENT";

    /** A longer time limit is none: it keeps times from wrapping around. */
    private static final long TIMEOUT_MILLIS_MAX = Duration.ofDays(3_650).toMillis();

    private final Slot slot;
    private final ActorRef<ResourceManager.Answer> resourceAnswers;
    private final ActorRef<ProcessManager.Answer> processAnswers;
    private final ActorRef<CleanupManager.CleanedUp> cleanedUp;
    private final TimerScheduler<Command> timers;
    private long timerAtNanos = NEVER;
    private @Nullable Run run;
    private ThreadManager.@Nullable WorkerEnded latest;

    /** Messages of a worker. */
    sealed interface Command {}

    /**
     * Run an attempt. Doing so again changes nothing; the end of the latest one is told again.
     *
     * @param env variables of the channel
     * @param permit for an attempt of a handler
     */
    record Start(Attempt attempt, Map<String, String> env, HandlerPermits.@Nullable Permit permit) implements Command {}

    /** Stop an attempt, if it is the one that runs. */
    record Stop(AttemptId attempt, StopReason reason) implements Command {}

    private record WrappedResourceAnswer(ResourceManager.Answer answer) implements Command {}

    private record WrappedProcessAnswer(ProcessManager.Answer answer) implements Command {}

    private record WrappedCleanedUp(CleanupManager.CleanedUp answer) implements Command {}

    private record HandlerEnded(AttemptId attempt, AttemptOutcome outcome, boolean wroteOutput) implements Command {}

    private enum Tick implements Command {
        INSTANCE
    }

    /**
     * What a worker is given once.
     *
     * @param number of the slot, from 1
     */
    record Slot(
            int number,
            ChannelName channel,
            ChannelServices services,
            ThreadManager.Managers managers,
            HandlerThreads threads,
            HandlerRun.Environment environment,
            ActorRef<ThreadManager.Command> manager) {}

    static Behavior<Command> create(Slot slot) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Worker(context, timers, slot)));
    }

    private Worker(ActorContext<Command> context, TimerScheduler<Command> timers, Slot slot) {
        super(context);
        this.timers = timers;
        this.slot = slot;
        this.resourceAnswers = context.messageAdapter(ResourceManager.Answer.class, WrappedResourceAnswer::new);
        this.processAnswers = context.messageAdapter(ProcessManager.Answer.class, WrappedProcessAnswer::new);
        this.cleanedUp = context.messageAdapter(CleanupManager.CleanedUp.class, WrappedCleanedUp::new);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Start start -> onStart(start);
            case Stop(var attempt, var reason) -> onStop(attempt, reason);
            case WrappedResourceAnswer(var answer) -> onResourceAnswer(answer);
            case WrappedProcessAnswer(var answer) -> onProcessAnswer(answer);
            case HandlerEnded ended -> onHandlerEnded(ended);
            case WrappedCleanedUp(var answer) -> onCleanedUp(answer);
            case Tick.INSTANCE -> onTick();
        };
    }

    private Behavior<Command> onStart(Start start) {
        if (latest != null && latest.attempt().equals(start.attempt.id())) {
            slot.manager.tell(latest);
            return this;
        }
        if (run != null) {
            return this;
        }
        var begun = new Run(start);
        run = begun;
        slot.services.instruments().attemptStarted();
        arm(begun.deadlineNanos);
        try {
            begun.spec = slot.services.codec().decodeJobSpec(start.attempt.spec());
        } catch (RuntimeException e) {
            try (var _ = AttemptMdc.open(slot.channel, begun.id)) {
                LOG.error("The stored specification cannot be read", e);
            }
            return end(begun, Outcomes.unreadable());
        }
        return acquire(begun, begun.spec);
    }

    private Behavior<Command> acquire(Run run, JobSpec spec) {
        run.requests = requests(spec);
        if (run.requests.isEmpty()) {
            return work(run, spec);
        }
        run.phase = Phase.ACQUIRING;
        run.holdings.add(Holding.RESOURCES);
        return ask(run);
    }

    /** A process counts against the channel's processes without being declared. */
    private static List<ResourceRequest> requests(JobSpec spec) {
        if (!(spec.work() instanceof Work.Process)) {
            return spec.resources();
        }
        var requests = new ArrayList<>(spec.resources());
        requests.add(new ResourceRequest(ResourceType.PROCESSES, 1));
        return requests;
    }

    private Behavior<Command> onResourceAnswer(ResourceManager.Answer answer) {
        var run = this.run;
        if (run == null || run.phase != Phase.ACQUIRING || !run.id.equals(answer.attempt())) {
            return this;
        }
        return switch (answer) {
            case ResourceManager.Granted _ -> {
                if (run.toldWait) {
                    slot.environment.reports().tell(new ChannelReport.AttemptWaits(run.id, null));
                }
                yield run.spec == null ? this : work(run, run.spec);
            }
            case ResourceManager.Waits(var id, var condition) -> {
                if (!run.toldWait) {
                    run.toldWait = true;
                    slot.environment.reports().tell(new ChannelReport.AttemptWaits(run.id, condition));
                }
                yield this;
            }
            case ResourceManager.Refused(var id, var problem) -> end(run, Outcomes.failedForGood(problem));
        };
    }

    private Behavior<Command> work(Run run, JobSpec spec) {
        run.phase = Phase.RUNNING;
        return switch (spec.work()) {
            case Work.Process process -> startProcess(run, spec, process);
            case Work.Handler handler -> startHandler(run, spec, handler);
        };
    }

    private Behavior<Command> startProcess(Run run, JobSpec spec, Work.Process process) {
        var env = environment(run.env, spec.traceparent());
        run.process = new ProcessManager.Start(run.id, process, env, pump(run.id), processAnswers);
        run.holdings.addAll(Set.of(Holding.PROCESSES, Holding.WORK_DIRECTORY, Holding.OUTPUT));
        return ask(run);
    }

    private static Map<String, String> environment(Map<String, String> channelEnv, @Nullable String traceparent) {
        if (traceparent == null) {
            return channelEnv;
        }
        var environment = new HashMap<>(channelEnv);
        environment.put(TRACEPARENT, traceparent);
        return environment;
    }

    private Behavior<Command> startHandler(Run run, JobSpec spec, Work.Handler work) {
        var handler = slot.services.handlers().find(work.name());
        var permit = run.permit;
        if (handler.isEmpty() || permit == null) {
            return end(run, Outcomes.failedForGood(slot.services.handlers().unknown(work.name())));
        }
        var id = run.id;
        var self = getContext().getSelf();
        run.handler = new HandlerRun(
                slot.environment,
                id,
                handler.get(),
                work.input(),
                spec.progressTotal(),
                spec.traceparent(),
                run.attempt.startedAt(),
                () -> pump(id),
                (outcome, wroteOutput) -> self.tell(new HandlerEnded(id, outcome, wroteOutput)));
        slot.threads.run(run.handler, permit);
        return this;
    }

    private OutputPump pump(AttemptId attempt) {
        return new OutputPump(attempt, slot.managers.logs(), slot.environment.timer(), slot.services.instruments());
    }

    private Behavior<Command> onProcessAnswer(ProcessManager.Answer answer) {
        var run = this.run;
        if (run == null || run.phase != Phase.RUNNING || !run.id.equals(answer.attempt())) {
            return this;
        }
        return switch (answer) {
            case ProcessManager.Started _ -> this;
            case ProcessManager.NotStarted(var id, var problem) ->
                end(
                        run,
                        run.stopReason == null
                                ? Outcomes.notStarted(problem)
                                : Outcomes.stopped(run.stopReason, run.attempt.timeoutMillis(), null));
            case ProcessManager.Ended ended ->
                end(
                        run,
                        run.stopReason == null
                                ? Outcomes.ended(ended)
                                : Outcomes.stopped(run.stopReason, run.attempt.timeoutMillis(), ended));
        };
    }

    private Behavior<Command> onHandlerEnded(HandlerEnded ended) {
        var run = this.run;
        if (run == null || !run.id.equals(ended.attempt)) {
            return this;
        }
        run.handler = null;
        if (run.phase == Phase.QUARANTINED) {
            return returnFromQuarantine(run);
        }
        if (run.phase != Phase.RUNNING) {
            return this;
        }
        if (ended.wroteOutput) {
            run.holdings.add(Holding.OUTPUT);
        }
        return end(
                run,
                run.stopReason == null
                        ? ended.outcome
                        : Outcomes.stopped(run.stopReason, run.attempt.timeoutMillis(), null));
    }

    private Behavior<Command> onStop(AttemptId attempt, StopReason reason) {
        var run = this.run;
        return run == null || !run.id.equals(attempt) ? this : stop(run, reason);
    }

    private Behavior<Command> stop(Run run, StopReason reason) {
        if (run.stopReason != null) {
            return this;
        }
        run.stopReason = reason;
        return switch (run.phase) {
            case ACQUIRING -> end(run, Outcomes.stopped(reason, run.attempt.timeoutMillis(), null));
            case RUNNING -> askToEnd(run);
            case CLEANING, LEAVING, QUARANTINED, RETURNING -> this;
        };
    }

    private Behavior<Command> askToEnd(Run run) {
        run.graceEndsNanos = System.nanoTime() + Limits.STOP_GRACE.toNanos();
        arm(run.graceEndsNanos);
        if (run.handler != null) {
            run.handler.cancel();
        } else {
            slot.managers.processes().tell(new ProcessManager.Terminate(run.id));
        }
        return this;
    }

    private Behavior<Command> force(Run run, StopReason reason) {
        if (run.handler != null) {
            return quarantine(run, reason, run.handler);
        }
        if (run.wasKilled) {
            return end(run, Outcomes.unkillable());
        }
        run.wasKilled = true;
        run.graceEndsNanos = System.nanoTime() + Limits.STOP_GRACE.toNanos();
        slot.managers.processes().tell(new ProcessManager.Kill(run.id));
        return this;
    }

    /** The attempt ends without its handler: its lines so far are made durable, what else it holds stays charged. */
    private Behavior<Command> quarantine(Run run, StopReason reason, HandlerRun handler) {
        run.outcome = Outcomes.quarantined(reason, run.attempt.timeoutMillis(), handler.threadName());
        run.threadName = handler.threadName();
        handler.disown();
        run.phase = Phase.LEAVING;
        try (var _ = AttemptMdc.open(slot.channel, run.id, run.traceparent())) {
            LOG.warn("Handler does not end on thread {}; its slot is quarantined", run.threadName);
        }
        return ask(run);
    }

    private Behavior<Command> returnFromQuarantine(Run run) {
        run.phase = Phase.RETURNING;
        return run.holdings.isEmpty() ? finish(run) : ask(run);
    }

    private Behavior<Command> end(Run run, AttemptOutcome outcome) {
        run.outcome = outcome;
        run.phase = Phase.CLEANING;
        return run.holdings.isEmpty() ? finish(run) : ask(run);
    }

    private Behavior<Command> onCleanedUp(CleanupManager.CleanedUp answer) {
        var run = this.run;
        if (run == null || !run.id.equals(answer.attempt())) {
            return this;
        }
        return switch (run.phase) {
            case CLEANING, RETURNING -> finish(run);
            case LEAVING -> onLeft(run);
            case ACQUIRING, RUNNING, QUARANTINED -> this;
        };
    }

    private Behavior<Command> onLeft(Run run) {
        run.phase = Phase.QUARANTINED;
        run.askAgainAtNanos = NEVER;
        slot.manager.tell(new ThreadManager.WorkerQuarantined(slot.number, run.id, run.outcome(), run.threadName));
        return run.handler == null ? returnFromQuarantine(run) : this;
    }

    private Behavior<Command> finish(Run run) {
        var outcome = run.outcome();
        if (run.phase == Phase.CLEANING) {
            slot.services.instruments().attemptEnded(outcome.kind(), System.nanoTime() - run.startedNanos);
        }
        latest = new ThreadManager.WorkerEnded(slot.number, run.id, outcome);
        slot.manager.tell(latest);
        this.run = null;
        return this;
    }

    /** Sends the request the attempt waits for, at first or again. */
    private Behavior<Command> ask(Run run) {
        switch (run.phase) {
            case ACQUIRING ->
                slot.managers.resources().tell(new ResourceManager.Acquire(run.id, run.requests, resourceAnswers));
            case RUNNING -> {
                if (run.process != null) {
                    slot.managers.processes().tell(run.process);
                }
            }
            case LEAVING -> askCleanup(run, Set.of(Holding.OUTPUT));
            case CLEANING, RETURNING -> askCleanup(run, run.holdings);
            case QUARANTINED -> {}
        }
        run.askAgainAtNanos = System.nanoTime() + Limits.MANAGER_ANSWER_MAX.toNanos();
        arm(run.askAgainAtNanos);
        return this;
    }

    private void askCleanup(Run run, Set<Holding> holdings) {
        slot.managers.cleanups().tell(new CleanupManager.CleanUp(run.id, holdings, cleanedUp));
    }

    private Behavior<Command> onTick() {
        timerAtNanos = NEVER;
        var run = this.run;
        if (run == null) {
            return this;
        }
        long now = System.nanoTime();
        if (run.canStop() && run.stopReason == null && run.deadlineNanos - now <= 0) {
            stop(run, StopReason.TIMEOUT);
        } else if (run.phase == Phase.RUNNING && run.stopReason != null && run.graceEndsNanos - now <= 0) {
            force(run, run.stopReason);
        } else if (run.askAgainAtNanos != NEVER && run.askAgainAtNanos - now <= 0) {
            ask(run);
        }
        if (this.run != null) {
            arm(this.run.nextTickNanos());
        }
        return this;
    }

    private void arm(long atNanos) {
        if (atNanos != NEVER && (timerAtNanos == NEVER || atNanos - timerAtNanos < 0)) {
            timerAtNanos = atNanos;
            long delay = Math.max(1_000_000, atNanos - System.nanoTime());
            timers.startSingleTimer(Tick.INSTANCE, Tick.INSTANCE, Duration.ofNanos(delay));
        }
    }

    /** Stops with its manager, or by a defect. What its attempt holds is cleaned up by the manager. */
    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop && run != null && run.handler != null) {
            run.handler.cancel();
        }
        return this;
    }

    private enum Phase {
        /** Waits for declared resources. */
        ACQUIRING,
        /** Its process or handler runs. */
        RUNNING,
        /** Its work has ended; what it held is being returned. */
        CLEANING,
        /** Its handler would not end; its lines are being made durable. */
        LEAVING,
        /** Its attempt is reported as ended, its handler runs on. */
        QUARANTINED,
        /** Its handler has returned after all; what it held is being returned. */
        RETURNING
    }

    /** The attempt in the slot. */
    private static final class Run {
        final Attempt attempt;
        final AttemptId id;
        final Map<String, String> env;
        final HandlerPermits.@Nullable Permit permit;
        final long startedNanos = System.nanoTime();
        final long deadlineNanos;
        final Set<Holding> holdings = EnumSet.noneOf(Holding.class);
        Phase phase = Phase.ACQUIRING;

        @Nullable JobSpec spec;

        List<ResourceRequest> requests = List.of();
        ProcessManager.@Nullable Start process;

        @Nullable HandlerRun handler;

        @Nullable StopReason stopReason;

        @Nullable AttemptOutcome outcome;

        @Nullable String threadName;

        boolean toldWait;
        boolean wasKilled;
        long graceEndsNanos = NEVER;
        long askAgainAtNanos = NEVER;

        Run(Start start) {
            this.attempt = start.attempt;
            this.id = start.attempt.id();
            this.env = start.env;
            this.permit = start.permit;
            this.deadlineNanos = startedNanos
                    + Duration.ofMillis(Math.min(attempt.timeoutMillis(), TIMEOUT_MILLIS_MAX))
                            .toNanos();
        }

        boolean canStop() {
            return phase == Phase.ACQUIRING || phase == Phase.RUNNING;
        }

        @Nullable String traceparent() {
            return spec == null ? null : spec.traceparent();
        }

        AttemptOutcome outcome() {
            return outcome == null ? Outcomes.crashed() : outcome;
        }

        long nextTickNanos() {
            long next = askAgainAtNanos;
            if (canStop()) {
                long end = stopReason == null ? deadlineNanos : graceEndsNanos;
                next = next == NEVER || (end != NEVER && end - next < 0) ? end : next;
            }
            return next;
        }
    }
}
