package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.Survival;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessPhase;
import io.millrace.domain.process.ProcessRun;
import io.millrace.domain.process.RunEnd;
import io.millrace.host.limits.ProcessLimits;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Has the process manager do what is stored: starts runs, takes them over, signals and kills them, and gives back what they
 * held when they have ended. A run may outlive this node's life; how it ended is kept by the process host until it is stored.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceRuns {
    private static final String COMPONENT = "ServiceManager";
    static final String NAME_VARIABLE = "MILLRACE_PROCESS_NAME";
    private static final Set<Holding> HOLDINGS = Set.of(Holding.PROCESSES, Holding.WORK_DIRECTORY, Holding.OUTPUT);

    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final ServiceStore store;
    private final ReadinessChecks readiness;
    private final Hooks hooks;
    private final RunOutputs outputs;
    private final ActorRef<ProcessManager.Answer> answers;
    private final ActorRef<CleanedUp> cleanedUp;

    ServiceRuns(
            ServiceManager.Seed seed,
            ServiceAccounts accounts,
            ServiceStore store,
            ReadinessChecks readiness,
            Hooks hooks,
            RunOutputs outputs,
            ActorRef<ProcessManager.Answer> answers,
            ActorRef<CleanedUp> cleanedUp) {
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.readiness = readiness;
        this.hooks = hooks;
        this.outputs = outputs;
        this.answers = answers;
        this.cleanedUp = cleanedUp;
    }

    // Begin

    /** It is stored that a run starts. */
    void begin(ProcessChange.RunStarted started) {
        ProcessEntry process = accounts.book.process(started.process().id());
        ProcessRun run = process == null ? null : process.runUnderWay();
        if (process != null && run != null && run.number() == started.run() && !accounts.isLeaving) {
            begin(process, run);
        }
    }

    private void begin(ProcessEntry process, ProcessRun run) {
        AttemptId id = idOf(process, run);
        ProcessSpec spec = process.spec();
        Map<String, String> env = new HashMap<>(spec.env());
        env.put(NAME_VARIABLE, spec.name().value());
        ask(
                process,
                new LiveRun(
                        id,
                        new ProcessManager.Start(
                                id,
                                id,
                                new Work.Process(spec.command(), env, "", spec.directory()),
                                accounts.spec.env(),
                                List.of(),
                                ProcessLimits.NONE,
                                spec.terminal(),
                                Survival.RESTART,
                                null,
                                outputs.of(id, spec),
                                answers)));
    }

    /** Takes over what an earlier life of this node or channel has started. */
    void adopt() {
        for (ProcessEntry process : accounts.rules.toAdopt(accounts.book, accounts.ownership)) {
            ProcessRun run = process.runUnderWay();
            if (run != null) {
                AttemptId id = idOf(process, run);
                var output = outputs.of(id, process.spec());
                ask(
                        process,
                        new LiveRun(
                                id,
                                new ProcessManager.Adopt(
                                        id,
                                        String.join(" ", process.spec().command()),
                                        Survival.RESTART,
                                        output,
                                        answers)));
            }
        }
    }

    private static AttemptId idOf(ProcessEntry process, ProcessRun run) {
        return new AttemptId(process.id(), run.number(), run.epoch());
    }

    private void ask(ProcessEntry process, LiveRun run) {
        if (accounts.runs.putIfAbsent(run.id, run) == null) {
            ask(run);
            stopIfWanted(process, run);
        }
    }

    private void ask(LiveRun run) {
        run.askAgainAtNanos = now().nanos() + Limits.MANAGER_ANSWER_MAX.toNanos();
        seed.siblings().processes().tell(run.asked);
    }

    /**
     * After a restart of this actor: what the message that failed has left undone is done now, and what was asked for is
     * asked for again.
     */
    void askAgain() {
        accounts.rules.toAdopt(accounts.book, accounts.ownership).forEach(this::goOn);
        for (LiveRun run : List.copyOf(accounts.runs.values())) {
            switch (run.phase) {
                case ASKED -> ask(run);
                case RUNNING -> readiness.begin(run);
                case ENDED -> cleanUpIfStored(run);
                case CLEANING_UP -> cleanUp(run);
            }
        }
    }

    private void goOn(ProcessEntry process) {
        ProcessRun run = process.runUnderWay();
        LiveRun live = run == null ? null : accounts.liveRun(process.id(), run.number());
        if (live != null) {
            stopIfWanted(process, live);
        } else if (run != null && run.epoch() > 0) {
            begin(process, run);
        }
    }

    // Course

    void answered(ProcessManager.Answer answer) {
        LiveRun run = accounts.runs.get(answer.attempt());
        if (run == null || !run.isAlive()) {
            return;
        }
        run.askAgainAtNanos = null;
        switch (answer) {
            case ProcessManager.Started started -> up(run, started);
            case ProcessManager.NotStarted(var _, var problem) -> over(run, notStarted(run, problem));
            case ProcessManager.Ended ended -> {
                accounts.measures.outputDropped(ended.bytesDropped());
                over(run, endOf(run, ended));
            }
        }
    }

    private void up(LiveRun run, ProcessManager.Started started) {
        if (run.phase == LiveRun.Phase.RUNNING) {
            return;
        }
        run.phase = LiveRun.Phase.RUNNING;
        run.conditions = started.conditions();
        ProcessEntry process = accounts.book.process(run.id.job());
        if (process != null) {
            store.apply(accounts.rules.up(process, run.id.number(), started.pid(), started.startedAtMillis()));
            readiness.begin(run);
        }
    }

    private RunEnd notStarted(LiveRun run, Problem problem) {
        long now = now().millis();
        return run.asked instanceof ProcessManager.Adopt
                ? RunEnd.interrupted(
                        Problem.of(
                                ErrorCode.UNAVAILABLE,
                                COMPONENT,
                                "Its node was started again, and its process host does not know of the run any more: "
                                        + problem.detail()),
                        now)
                : RunEnd.notStarted(problem, now);
    }

    private RunEnd endOf(LiveRun run, ProcessManager.Ended ended) {
        if (run.isInterrupted) {
            return RunEnd.interrupted(
                    Problem.of(
                            ErrorCode.UNAVAILABLE,
                            COMPONENT,
                            "The node " + seed.services().node() + " that ran it was left by the channel."),
                    ended.endedAtMillis());
        }
        if (ended.reason() != null) {
            return RunEnd.interrupted(
                    Problem.of(ErrorCode.UNAVAILABLE, COMPONENT, explained(ended)), ended.endedAtMillis());
        }
        if (ended.exitCode() != null) {
            return RunEnd.exited(ended.exitCode(), run.wasKilled, ended.endedAtMillis());
        }
        return RunEnd.signalled(
                ended.signal() == null ? "UNKNOWN" : ended.signal(), run.wasKilled, ended.endedAtMillis());
    }

    private static String explained(ProcessManager.Ended ended) {
        return switch (ended.reason()) {
            case LEASE ->
                "Its lease ran out: for longer than that it was not certain that its channel is on this node.";
            case REPLACED -> "A newer run of it was started on its node.";
            case NODE_GONE -> "Its node was gone for longer than it may be.";
            case HOST_GONE -> "The process host of its node has ended, and everything it ran was killed.";
            case null -> throw new IllegalArgumentException("the host has not ended it");
        };
    }

    /** What becomes of its process is stored first: until then the process host remembers how it ended. */
    private void over(LiveRun run, RunEnd end) {
        run.phase = LiveRun.Phase.ENDED;
        run.killAtNanos = null;
        run.readiness.askAtNanos = null;
        hooks.runEnded(run.id);
        ProcessEntry process = accounts.book.process(run.id.job());
        boolean isUnderWay = process != null && accounts.liveRun(run.id.job(), run.id.number()) == run;
        if (process != null && isUnderWay) {
            store.apply(accounts.rules.ended(process, end, now()));
        } else {
            cleanUp(run);
        }
    }

    /** It is stored that a run has ended. */
    void ended(ProcessChange.RunEnded ended) {
        for (LiveRun run : List.copyOf(accounts.runs.values())) {
            if (run.id.job().equals(ended.process().id())
                    && run.id.number() == ended.run()
                    && run.phase == LiveRun.Phase.ENDED) {
                cleanUp(run);
            }
        }
    }

    private void cleanUpIfStored(LiveRun run) {
        if (accounts.liveRun(run.id.job(), run.id.number()) == null && accounts.unstored.isEmpty()) {
            cleanUp(run);
        }
    }

    private void cleanUp(LiveRun run) {
        run.phase = LiveRun.Phase.CLEANING_UP;
        run.askAgainAtNanos = now().nanos() + Limits.MANAGER_ANSWER_MAX.toNanos();
        seed.siblings().cleanups().cleanUp(run.id, HOLDINGS, List.of(), cleanedUp);
    }

    /** Nothing of a run is left; who follows its output need not wait any longer if no other run follows. */
    void cleanedUp(CleanedUp answer) {
        LiveRun run = accounts.runs.get(answer.attempt());
        if (run == null || run.phase != LiveRun.Phase.CLEANING_UP) {
            return;
        }
        accounts.runs.remove(run.id);
        ProcessEntry process = accounts.book.process(run.id.job());
        if (process == null || process.hasEnded()) {
            seed.siblings().logs().tell(new LogStore.JobEnded(run.id.job()));
        }
    }

    // End

    /** It is stored that a run is to be stopped. */
    void stop(ProcessChange.StopRequested stop) {
        ProcessEntry process = accounts.book.process(stop.process().id());
        LiveRun run = accounts.liveRun(stop.process().id(), stop.run());
        if (process != null && run != null) {
            stopIfWanted(process, run);
        }
    }

    private void stopIfWanted(ProcessEntry process, LiveRun run) {
        if (process.phase() instanceof ProcessPhase.Stopping) {
            stop(process, run, process.spec().stop(), process.spec().stop().grace());
        }
    }

    /**
     * Ends a run in favour of the next owner of the channel, which starts it again.
     *
     * @param graceMax it gets less than its own grace time if that is longer
     */
    void interrupt(LiveRun run, Duration graceMax) {
        ProcessEntry process = accounts.book.process(run.id.job());
        StopPolicy policy =
                process == null ? StopPolicy.DEFAULT : process.spec().stop();
        run.isInterrupted = process == null || !(process.phase() instanceof ProcessPhase.Stopping);
        Duration grace = policy.grace().compareTo(graceMax) < 0 ? policy.grace() : graceMax;
        stop(process, run, policy, grace);
        Long killAt = run.killAtNanos;
        long latest = now().nanos() + grace.toNanos();
        if (killAt != null && killAt - latest > 0) {
            run.killAtNanos = latest;
        }
    }

    /** Once is enough: who changes why a run is stopped gives it no more time. */
    private void stop(@Nullable ProcessEntry process, LiveRun run, StopPolicy policy, Duration grace) {
        if (!run.isAlive() || run.killAtNanos != null) {
            return;
        }
        boolean hasCommand = !policy.command().isEmpty() && run.phase == LiveRun.Phase.RUNNING;
        if (grace.isZero() || !hasCommand && ProcessSignals.number(policy.signal()) == ProcessSignals.KILL) {
            kill(run);
            return;
        }
        long killAt = now().nanos() + grace.toNanos();
        run.killAtNanos = killAt;
        if (process != null && hasCommand) {
            hooks.stop(run, process, policy.command(), killAt);
        } else {
            signal(run, policy);
        }
    }

    /** The command that was to stop a run has ended. If it has failed, the run gets its signal after all. */
    void stopCommandEnded(Hook.Result result) {
        LiveRun run = accounts.runs.get(result.run());
        ProcessEntry process = accounts.book.process(result.run().job());
        if (run != null && run.isAlive() && process != null && result.failure() != null) {
            run.noteStopCommand(result.failure(), now());
            signal(run, process.spec().stop());
        }
    }

    private void signal(LiveRun run, StopPolicy policy) {
        int signal = ProcessSignals.number(policy.signal());
        if (signal == ProcessSignals.KILL) {
            kill(run);
        } else {
            seed.siblings().processes().tell(new ProcessManager.Signal(run.id, signal));
        }
    }

    void signal(JobId process, int number, String signal) {
        LiveRun run = accounts.liveRun(process, number);
        if (run != null && run.isAlive()) {
            seed.siblings().processes().tell(new ProcessManager.Signal(run.id, ProcessSignals.number(signal)));
        }
    }

    /** Kills everything that is left. */
    void killAll() {
        accounts.runs.values().stream().filter(LiveRun::isAlive).forEach(this::kill);
    }

    private void kill(LiveRun run) {
        seed.siblings().processes().tell(new ProcessManager.Kill(run.id));
        run.killAtNanos = now().nanos() + Limits.MANAGER_ANSWER_MAX.toNanos();
    }

    // Time

    void wake() {
        long now = now().nanos();
        for (LiveRun run : List.copyOf(accounts.runs.values())) {
            if (run.killAtNanos != null && run.killAtNanos - now <= 0) {
                run.wasKilled = true;
                kill(run);
            }
            if (run.askAgainAtNanos != null && run.askAgainAtNanos - now <= 0) {
                askAgain(run);
            }
        }
    }

    private void askAgain(LiveRun run) {
        switch (run.phase) {
            case ASKED -> ask(run);
            case CLEANING_UP -> cleanUp(run);
            case RUNNING, ENDED -> run.askAgainAtNanos = null;
        }
    }

    private Moment now() {
        return seed.clock().get();
    }
}
