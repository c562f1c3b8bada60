package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.log.ControlSequences;
import io.millrace.channel.log.OutputBuffer;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.ProcessOutput;
import io.millrace.channel.process.Survival;
import io.millrace.channel.process.SystemOutputBuffer;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.script.ScriptCatalog;
import io.millrace.channel.thread.SlotAttempt.Phase;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.process.ScriptView;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.host.limits.ProcessLimits;
import java.time.Duration;
import java.util.HashMap;
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
 * <p>An attempt declares what it needs, gets all of it or waits, takes its locks one by one, runs, and is cleaned up if it
 * holds anything. To stop it means to ask (SIGTERM, or a context that says so), to wait for the rest of a grace, and then
 * to force. A process is killed with its group at the end of it. A handler is interrupted after {@link
 * Limits#INTERRUPT_DELAY}, and no more can be done: if it has not returned by the end of the grace, its attempt is reported
 * as it is and the slot stays taken until the handler returns.
 *
 * <p>A request to a manager that is not answered in {@link Limits#MANAGER_ANSWER_MAX} is sent again. The only timer is
 * armed for the earliest time at which something may have to be done and is left alone when an attempt ends earlier, so
 * short attempts cost none.
 */
final class Worker extends AbstractMatchingBehavior<Worker.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** Where tracing libraries look for the trace a process belongs to. */
    private static final String TRACEPARENT = "TRACEPARENT";

    /** Where a command finds the fencing tokens of the locks its job declared. */
    private static final String LOCK_TOKENS = "MILLRACE_LOCK_TOKENS";

    private final Slot slot;
    private final ScriptCatalog scripts;
    private final AttemptNeeds needs;
    private final AttemptStop stops;
    private final ActorRef<ProcessManager.Answer> processAnswers;
    private final ActorRef<CleanedUp> cleanedUp;
    private final TimerScheduler<Command> timers;
    private long timerAtNanos = SlotAttempt.NEVER;
    private @Nullable SlotAttempt run;
    private ThreadManager.@Nullable WorkerEnded latest;

    /** Messages of a worker. */
    sealed interface Command {}

    /**
     * Run an attempt. Doing so again changes nothing; the end of the latest one is told again.
     *
     * @param spec of the channel
     * @param permit for an attempt of a handler
     */
    record Start(Attempt attempt, Placement placement, ChannelSpec spec, HandlerPermits.@Nullable Permit permit)
            implements Command {}

    /**
     * Stop an attempt, if it is the one that runs.
     *
     * @param graceMillis time from asking to the end of patience
     */
    record Stop(AttemptId attempt, StopReason reason, long graceMillis) implements Command {}

    private record WrappedResourceAnswer(ResourceManager.Answer answer) implements Command {}

    private record WrappedProcessAnswer(ProcessManager.Answer answer) implements Command {}

    private record WrappedCleanedUp(CleanedUp answer) implements Command {}

    record LockAnswered(
            AttemptId attempt, int question, @Nullable ManagerReply reply) implements Command {}

    /** @param script absent if it was not found */
    private record ScriptResolved(
            AttemptId attempt,
            @Nullable ScriptView script,
            @Nullable Throwable failure) implements Command {}

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
        this.scripts = new ScriptCatalog(slot.services.blocking());
        this.needs = new AttemptNeeds(
                context, slot, context.messageAdapter(ResourceManager.Answer.class, WrappedResourceAnswer::new));
        this.stops = new AttemptStop(slot);
        this.processAnswers = context.messageAdapter(ProcessManager.Answer.class, WrappedProcessAnswer::new);
        this.cleanedUp = context.messageAdapter(CleanedUp.class, WrappedCleanedUp::new);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Start start -> onStart(start);
            case Stop stop -> onStop(stop);
            case WrappedResourceAnswer(var answer) -> onResourceAnswer(answer);
            case WrappedProcessAnswer(var answer) -> onProcessAnswer(answer);
            case LockAnswered answered -> onLockAnswered(answered);
            case ScriptResolved resolved -> onScriptResolved(resolved);
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
        var begun = new SlotAttempt(start);
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
        return start.attempt.isAdopted() && begun.spec.work() instanceof Work.Process process
                ? adopt(begun, begun.spec, process)
                : go(begun, needs.acquire(begun, begun.spec));
    }

    private Behavior<Command> adopt(SlotAttempt run, JobSpec spec, Work.Process process) {
        run.phase = Phase.RUNNING;
        needs.takeOver(run, spec);
        run.process = new ProcessManager.Adopt(
                run.id,
                commandOf(process),
                Survival.FAILURE,
                new ProcessOutput(pump(run.id, ControlSequences.of(process)), outputBuffer(run)),
                processAnswers);
        run.holdings.addAll(Set.of(Holding.PROCESSES, Holding.WORK_DIRECTORY, Holding.OUTPUT));
        return ask(run);
    }

    /** For people. */
    private static String commandOf(Work.Process process) {
        return process.script() == null
                ? String.join(" ", process.command())
                : process.script().name();
    }

    private Behavior<Command> go(SlotAttempt run, NextStep next) {
        return switch (next) {
            case NextStep.Plain.WAIT -> this;
            case NextStep.Plain.ASK -> ask(run);
            case NextStep.Plain.WORK -> run.spec == null ? this : work(run, run.spec);
            case NextStep.End(var outcome) -> end(run, outcome);
        };
    }

    private Behavior<Command> onResourceAnswer(ResourceManager.Answer answer) {
        var run = this.run;
        if (run == null || !run.id.equals(answer.attempt())) {
            return this;
        }
        if (run.phase == Phase.RUNNING && run.attempt.isAdopted()) {
            needs.chargedAgain(run, answer);
        }
        return run.phase == Phase.ACQUIRING ? go(run, needs.answered(run, answer)) : this;
    }

    private Behavior<Command> onLockAnswered(LockAnswered answered) {
        var run = this.run;
        return run == null
                        || run.phase != Phase.LOCKING
                        || !run.id.equals(answered.attempt)
                        || !run.locks.isLatest(answered.question)
                ? this
                : go(run, needs.answered(run, answered.reply));
    }

    private Behavior<Command> work(SlotAttempt run, JobSpec spec) {
        return switch (spec.work()) {
            case Work.Process process ->
                process.script() == null ? startProcess(run, spec, process) : resolve(run, process.script());
            case Work.Handler handler -> startHandler(run, spec, handler);
        };
    }

    private Behavior<Command> resolve(SlotAttempt run, Work.Script script) {
        run.phase = Phase.RESOLVING;
        var id = run.id;
        getContext()
                .pipeToSelf(
                        scripts.resolve(script.directory(), script.name()),
                        (found, failure) -> new ScriptResolved(id, found, failure));
        return this;
    }

    private Behavior<Command> onScriptResolved(ScriptResolved resolved) {
        var run = this.run;
        if (run == null
                || run.phase != Phase.RESOLVING
                || !run.id.equals(resolved.attempt)
                || run.spec == null
                || !(run.spec.work() instanceof Work.Process process)) {
            return this;
        }
        return resolved.script == null
                ? end(run, Outcomes.noScript(resolved.failure))
                : startProcess(run, run.spec, process.found(resolved.script.command(), resolved.script.directory()));
    }

    private Behavior<Command> startProcess(SlotAttempt run, JobSpec spec, Work.Process process) {
        run.phase = Phase.RUNNING;
        var env = environment(run, spec.traceparent());
        var output = new ProcessOutput(pump(run.id, ControlSequences.of(process)), outputBuffer(run));
        run.process = new ProcessManager.Start(
                run.id,
                run.id,
                process,
                env,
                run.placement.affinity(),
                ProcessLimits.of(spec.resources()),
                process.terminal(),
                Survival.FAILURE,
                run.attempt.ownedUntilNanos(),
                output,
                processAnswers);
        run.holdings.addAll(Set.of(Holding.PROCESSES, Holding.WORK_DIRECTORY, Holding.OUTPUT));
        return ask(run);
    }

    /** The last buffer, for it was asked for behind the declared ones. */
    private static OutputBuffer outputBuffer(SlotAttempt run) {
        return run.hasPooledOutput ? new LentOutputBuffer(run.buffers.getLast().memory()) : new SystemOutputBuffer();
    }

    private static Map<String, String> environment(SlotAttempt run, @Nullable String traceparent) {
        if (traceparent == null && run.locks.held().isEmpty()) {
            return run.env;
        }
        var environment = new HashMap<>(run.env);
        if (traceparent != null) {
            environment.put(TRACEPARENT, traceparent);
        }
        if (!run.locks.held().isEmpty()) {
            environment.put(LOCK_TOKENS, run.locks.tokens());
        }
        return environment;
    }

    private Behavior<Command> startHandler(SlotAttempt run, JobSpec spec, Work.Handler work) {
        run.phase = Phase.RUNNING;
        var handler = slot.services.handlers().find(work.name());
        var permit = run.permit;
        if (handler.isEmpty() || permit == null) {
            return end(run, Outcomes.failedForGood(slot.services.handlers().unknown(work.name())));
        }
        var id = run.id;
        var self = getContext().getSelf();
        var handlerRun = new HandlerRun(
                slot.environment,
                id,
                handler.get(),
                work.input(),
                spec.progressTotal(),
                spec.traceparent(),
                run.attempt.startedAt(),
                run.declared(),
                () -> pump(id, ControlSequences.KEPT),
                (outcome, wroteOutput) -> self.tell(new HandlerEnded(id, outcome, wroteOutput)));
        try {
            slot.threads.run(slot.number, run.placement, handlerRun, permit, placed -> tellPlaced(run, placed));
        } catch (HandlerThreads.NotStartedException e) {
            return onNotStarted(run, e);
        }
        run.handler = handlerRun;
        return this;
    }

    /** On the handler's thread. Nobody waits to hear it of an attempt that runs wherever it likes. */
    private void tellPlaced(SlotAttempt run, HandlerThreads.Placed placed) {
        if (run.id.isThread() || !run.placement.affinity().isEmpty()) {
            slot.manager.tell(new ThreadManager.WorkerPlaced(slot.number, run.id, placed));
        }
    }

    private Behavior<Command> onNotStarted(SlotAttempt run, HandlerThreads.NotStartedException failure) {
        try (var _ = AttemptMdc.open(slot.channel, run.id, run.traceparent())) {
            LOG.warn("No thread could be made for a handler", failure);
        }
        run.ending = ThreadManager.Ending.NOT_STARTED;
        return end(run, Outcomes.noThread(slot.channel, failure.getMessage()));
    }

    private OutputPump pump(AttemptId attempt, ControlSequences sequences) {
        return new OutputPump(
                attempt, slot.managers.logs(), slot.environment.timer(), slot.services.instruments(), sequences);
    }

    private Behavior<Command> onProcessAnswer(ProcessManager.Answer answer) {
        var run = this.run;
        if (run == null || run.phase != Phase.RUNNING || !run.id.equals(answer.attempt())) {
            return this;
        }
        return switch (answer) {
            case ProcessManager.Started started -> {
                started.conditions()
                        .forEach(condition ->
                                slot.environment.reports().tell(new ChannelReport.AttemptNoted(run.id, condition)));
                yield this;
            }
            case ProcessManager.NotStarted(var id, var problem) ->
                end(
                        run,
                        run.stopReason == null
                                ? notStarted(run, problem)
                                : Outcomes.stopped(run.stopReason, run.attempt.timeoutMillis(), null));
            case ProcessManager.Ended ended ->
                end(
                        run,
                        run.stopReason == null || run.hadEndedBeforeItsStop(ended)
                                ? Outcomes.ended(ended)
                                : Outcomes.stopped(run.stopReason, run.attempt.timeoutMillis(), ended));
        };
    }

    private static AttemptOutcome notStarted(SlotAttempt run, Problem problem) {
        return run.attempt.isAdopted() ? Outcomes.notThere(problem) : Outcomes.notStarted(problem);
    }

    private Behavior<Command> onHandlerEnded(HandlerEnded ended) {
        var run = this.run;
        if (run == null || !run.id.equals(ended.attempt)) {
            return this;
        }
        if (run.handler != null) {
            run.usage = run.handler.usage();
            if (run.handler.usedLocks()) {
                run.holdings.add(Holding.LOCKS);
            }
            if (run.handler.usedResources()) {
                run.holdings.add(Holding.RESOURCES);
            }
            run.handler = null;
        }
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

    private Behavior<Command> onStop(Stop stop) {
        var run = this.run;
        return run == null || !run.id.equals(stop.attempt)
                ? this
                : stop(run, stop.reason, Duration.ofMillis(stop.graceMillis));
    }

    private Behavior<Command> stop(SlotAttempt run, StopReason reason, Duration grace) {
        go(run, stops.begin(run, reason, grace));
        if (this.run != null) {
            arm(this.run.nextTickNanos());
        }
        return this;
    }

    private Behavior<Command> returnFromQuarantine(SlotAttempt run) {
        run.phase = Phase.RETURNING;
        return run.holdings.isEmpty() ? finish(run) : ask(run);
    }

    private Behavior<Command> end(SlotAttempt run, AttemptOutcome outcome) {
        run.outcome = outcome;
        run.phase = Phase.CLEANING;
        return run.holdings.isEmpty() ? finish(run) : ask(run);
    }

    private Behavior<Command> onCleanedUp(CleanedUp answer) {
        var run = this.run;
        if (run == null || !run.id.equals(answer.attempt())) {
            return this;
        }
        return switch (run.phase) {
            case CLEANING, RETURNING -> finish(run);
            case LEAVING -> onLeft(run);
            case ACQUIRING, LOCKING, RESOLVING, RUNNING, QUARANTINED -> this;
        };
    }

    private Behavior<Command> onLeft(SlotAttempt run) {
        run.phase = Phase.QUARANTINED;
        run.askAgainAtNanos = SlotAttempt.NEVER;
        interruptLater(run);
        slot.manager.tell(new ThreadManager.WorkerQuarantined(slot.number, run.id, run.outcome(), run.threadName));
        return run.handler == null ? returnFromQuarantine(run) : this;
    }

    /** A handler may notice a later interrupt where it missed the first one (contract row T-38). */
    private void interruptLater(SlotAttempt run) {
        run.interruptAtNanos = System.nanoTime() + Limits.INTERRUPT_AGAIN_INTERVAL.toNanos();
        arm(run.interruptAtNanos);
    }

    private Behavior<Command> finish(SlotAttempt run) {
        var outcome = run.outcome();
        latest = new ThreadManager.WorkerEnded(slot.number, run.id, outcome, run.ending, run.usage);
        slot.manager.tell(latest);
        this.run = null;
        return this;
    }

    /** Sends the request the attempt waits for, at first or again. */
    private Behavior<Command> ask(SlotAttempt run) {
        switch (run.phase) {
            case ACQUIRING -> needs.askForResources(run);
            case LOCKING -> needs.askForLock(run);
            case RUNNING -> {
                if (run.process != null) {
                    slot.managers.processes().tell(run.process);
                }
            }
            case LEAVING -> askCleanup(run, Set.of(Holding.OUTPUT));
            case CLEANING, RETURNING -> askCleanup(run, run.holdings);
            case RESOLVING, QUARANTINED -> {}
        }
        run.askAgainAtNanos = System.nanoTime() + Limits.MANAGER_ANSWER_MAX.toNanos();
        arm(run.askAgainAtNanos);
        return this;
    }

    private void askCleanup(SlotAttempt run, Set<Holding> holdings) {
        slot.managers.cleanups().cleanUp(run.id, holdings, run.tasks(), cleanedUp);
    }

    private Behavior<Command> onTick() {
        timerAtNanos = SlotAttempt.NEVER;
        var run = this.run;
        if (run == null) {
            return this;
        }
        long now = System.nanoTime();
        if (run.canStop() && run.stopReason == null && run.deadlineNanos - now <= 0) {
            stop(run, StopReason.TIMEOUT, Limits.STOP_GRACE);
        } else if (run.phase == Phase.RUNNING && run.handler != null && run.isInterruptDueAt(now)) {
            stops.interrupt(run, run.handler);
        } else if (run.phase == Phase.QUARANTINED && run.handler != null && run.isInterruptDueAt(now)) {
            run.handler.cancel();
            interruptLater(run);
        } else if (run.phase == Phase.RUNNING && run.stopReason != null && run.graceEndsNanos - now <= 0) {
            go(run, stops.force(run, run.stopReason));
        } else if (run.askAgainAtNanos != SlotAttempt.NEVER && run.askAgainAtNanos - now <= 0) {
            ask(run);
        }
        if (this.run != null) {
            arm(this.run.nextTickNanos());
        }
        return this;
    }

    private void arm(long atNanos) {
        if (atNanos != SlotAttempt.NEVER && (timerAtNanos == SlotAttempt.NEVER || atNanos - timerAtNanos < 0)) {
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
}
