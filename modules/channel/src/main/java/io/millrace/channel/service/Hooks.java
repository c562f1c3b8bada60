package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.log.ControlSequences;
import io.millrace.channel.log.LineSink;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.ProcessOutput;
import io.millrace.channel.process.Survival;
import io.millrace.channel.process.SystemOutputBuffer;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRun;
import io.millrace.host.limits.ProcessLimits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands beside runs, at most one check and one stop command for each. They have an identifier of their own, end
 * with their node, and are given the directory, the variables and the process id of the run. What a check writes is kept
 * with its outcome; what a stop command writes is in the log of its process.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Hooks {
    private static final String PID_VARIABLE = "MILLRACE_PROCESS_PID";
    private static final Set<Holding> HOLDINGS = Set.of(Holding.PROCESSES, Holding.WORK_DIRECTORY);

    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final OutputTimer timer;
    private final ActorRef<ProcessManager.Answer> answers;
    private final ActorRef<CleanedUp> cleanedUp;

    Hooks(
            ServiceManager.Seed seed,
            ServiceAccounts accounts,
            OutputTimer timer,
            ActorRef<ProcessManager.Answer> answers,
            ActorRef<CleanedUp> cleanedUp) {
        this.seed = seed;
        this.accounts = accounts;
        this.timer = timer;
        this.answers = answers;
        this.cleanedUp = cleanedUp;
    }

    /** Runs a command whose end says whether a run is ready, unless it is running. */
    void check(LiveRun run, ProcessEntry process, List<String> command) {
        if (accounts.hooks.values().stream().anyMatch(hook -> hook.isCheckOf(run.id) && !hook.isOver)) {
            return;
        }
        var collected = new HookOutput();
        OutputPump pump = pump(run.id, process.spec(), ControlSequences.STRIPPED, _ -> collected);
        long killAt = now() + Limits.READINESS_COMMAND_MAX.toNanos();
        begin(run, process, command, pump, Hook.Purpose.CHECK, collected, killAt);
    }

    /** Runs a command that is to end a run until then. */
    void stop(LiveRun run, ProcessEntry process, List<String> command, long untilNanos) {
        ControlSequences sequences = process.spec().stripsAnsi() ? ControlSequences.STRIPPED : ControlSequences.KEPT;
        OutputPump pump = pump(run.id, process.spec(), sequences, UnaryOperator.identity());
        begin(run, process, command, pump, Hook.Purpose.STOP, new HookOutput(), untilNanos);
    }

    private OutputPump pump(
            AttemptId run, ProcessSpec spec, ControlSequences sequences, UnaryOperator<LineSink> stages) {
        return OutputPump.endless(
                run, spec.name(), seed.siblings().logs(), timer, seed.services().instruments(), sequences, stages);
    }

    private void begin(
            LiveRun run,
            ProcessEntry process,
            List<String> command,
            OutputPump pump,
            Hook.Purpose purpose,
            HookOutput output,
            long killAtNanos) {
        AttemptId id = AttemptId.ofThread(seed.ids().next());
        var work = new Work.Process(command, variables(process), "", directory(run, process.spec()));
        var start = new ProcessManager.Start(
                id,
                run.id,
                work,
                accounts.spec.env(),
                List.of(),
                ProcessLimits.NONE,
                false,
                Survival.NONE,
                null,
                new ProcessOutput(pump, new SystemOutputBuffer()),
                answers);
        var hook = new Hook(run.id, purpose, start, output, killAtNanos);
        accounts.hooks.put(id, hook);
        ask(hook);
    }

    private static Map<String, String> variables(ProcessEntry process) {
        Map<String, String> variables = new HashMap<>(process.spec().env());
        variables.put(ServiceRuns.NAME_VARIABLE, process.name().value());
        ProcessRun run = process.runUnderWay();
        if (run != null && run.pid() != null) {
            variables.put(PID_VARIABLE, run.pid().toString());
        }
        return variables;
    }

    /** That of the run, which has a fresh one if its specification names none. */
    private String directory(LiveRun run, ProcessSpec spec) {
        return spec.directory() != null
                ? spec.directory()
                : seed.services()
                        .processes()
                        .workDirectories()
                        .path(seed.channel(), run.id)
                        .toString();
    }

    private void ask(Hook hook) {
        hook.askAgainAtNanos = now() + Limits.MANAGER_ANSWER_MAX.toNanos();
        seed.siblings().processes().tell(hook.asked);
    }

    boolean isHook(AttemptId id) {
        return accounts.hooks.containsKey(id);
    }

    /** How a hook has ended, absent if it has not, or if that was told before. */
    Hook.@Nullable Result answered(ProcessManager.Answer answer) {
        Hook hook = accounts.hooks.get(answer.attempt());
        if (hook == null || hook.isOver) {
            return null;
        }
        hook.askAgainAtNanos = null;
        if (answer instanceof ProcessManager.Started) {
            return null;
        }
        cleanUp(hook);
        return new Hook.Result(hook.run, hook.purpose, failure(hook, answer), hook.output.text());
    }

    private static @Nullable String failure(Hook hook, ProcessManager.Answer answer) {
        return switch (answer) {
            case ProcessManager.Started _ -> null;
            case ProcessManager.NotStarted(var _, var problem) -> problem.detail();
            case ProcessManager.Ended ended -> hook.wasKilled ? killed(hook) : failure(ended);
        };
    }

    private static String killed(Hook hook) {
        return switch (hook.purpose) {
            case CHECK ->
                "its command did not end within " + Limits.READINESS_COMMAND_MAX.toSeconds() + " s and was killed";
            case STOP -> "it did not end within the grace time and was killed";
        };
    }

    private static @Nullable String failure(ProcessManager.Ended ended) {
        if (ended.exitCode() == null) {
            return "its command was ended by " + ended.signal();
        }
        return ended.exitCode() == 0 ? null : "its command ended with exit code " + ended.exitCode();
    }

    private void cleanUp(Hook hook) {
        hook.isOver = true;
        hook.askAgainAtNanos = now() + Limits.MANAGER_ANSWER_MAX.toNanos();
        seed.siblings().cleanups().cleanUp(hook.id(), HOLDINGS, List.of(), cleanedUp);
    }

    /** Nothing of a hook is left. Others are passed over. */
    void cleanedUp(CleanedUp answer) {
        Hook hook = accounts.hooks.get(answer.attempt());
        if (hook != null && hook.isOver) {
            accounts.hooks.remove(hook.id());
        }
    }

    /** A run has ended: nobody wants to know any more whether it is ready. What stops it may still have to tidy up. */
    void runEnded(AttemptId run) {
        for (Hook hook : accounts.hooks.values()) {
            if (hook.isCheckOf(run)) {
                kill(hook);
            }
        }
    }

    /** After a restart of the service manager: what was asked for is asked for again. */
    void askAgain() {
        for (Hook hook : List.copyOf(accounts.hooks.values())) {
            askAgain(hook);
        }
    }

    private void askAgain(Hook hook) {
        if (hook.isOver) {
            cleanUp(hook);
        } else {
            ask(hook);
        }
    }

    /** Kills those whose time is up, and asks again for what was not answered. */
    void wake() {
        long now = now();
        for (Hook hook : List.copyOf(accounts.hooks.values())) {
            if (!hook.isOver && hook.killAtNanos - now <= 0) {
                hook.wasKilled = true;
                kill(hook);
            }
            if (hook.askAgainAtNanos != null && hook.askAgainAtNanos - now <= 0) {
                askAgain(hook);
            }
        }
    }

    private void kill(Hook hook) {
        if (!hook.isOver) {
            seed.siblings().processes().tell(new ProcessManager.Kill(hook.id()));
            hook.killAtNanos = now() + Limits.MANAGER_ANSWER_MAX.toNanos();
        }
    }

    private long now() {
        return seed.clock().get().nanos();
    }
}
