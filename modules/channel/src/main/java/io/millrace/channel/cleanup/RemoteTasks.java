package io.millrace.channel.cleanup;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupGraph;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.RemoteTask;
import io.millrace.domain.cleanup.RunStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of other channels that tasks of this one depend on. Before an execution the whole graph is looked at; then each
 * step waits until what it needs elsewhere has completed, looking again and again with pauses of 0.2 to 2 seconds. It
 * fails at once if that has failed, and when its own time is up.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class RemoteTasks {
    private static final String COMPONENT = "CleanupManager";
    private static final long PAUSE_MILLIS_MIN = 200;
    private static final long PAUSE_MILLIS_MAX = 2_000;

    private final ActorContext<CleanupManager.Command> context;
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;
    private final CleanupStore store;

    RemoteTasks(
            ActorContext<CleanupManager.Command> context,
            CleanupManager.Seed seed,
            CleanupAccounts accounts,
            CleanupStore store) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
    }

    /** What outlives a restart. */
    static final class Accounts {
        private final Map<Step, Wait> waits = new HashMap<>();
        private final Set<Step> complete = new HashSet<>();

        void clear() {
            waits.clear();
            complete.clear();
        }
    }

    /** Names a step that waits for others. */
    record Step(long run, CleanupName step) {}

    private static final class Wait {
        final long deadlineNanos;
        long nextNanos = System.nanoTime();
        long pauseMillis = PAUSE_MILLIS_MIN;
        boolean isAsked;

        Wait(Duration timeout) {
            this.deadlineNanos = System.nanoTime() + timeout.toNanos();
        }
    }

    // The whole graph

    /**
     * Looks at everything a task depends on. What was found comes back as {@link CleanupManager.GraphSeen}, at once if no
     * other channel is concerned.
     *
     * @param root a task, absent for all
     * @param request what to do then
     */
    void see(@Nullable CleanupName root, CleanupManager.GraphRequest request) {
        List<CleanupReference> others = CleanupGraph.of(accounts.book).unknown(root);
        if (others.isEmpty()) {
            context.getSelf().tell(new CleanupManager.GraphSeen(request, Map.of(), null));
        } else {
            context.pipeToSelf(
                    seed.coordinator().walk(seed.channel(), others),
                    (found, failure) -> new CleanupManager.GraphSeen(
                            request, found == null ? Map.of() : found, failure == null ? null : problemOf(failure)));
        }
    }

    DependencyReport report(@Nullable CleanupName root, Map<CleanupReference, RemoteTask> found) {
        CleanupGraph graph = CleanupGraph.of(accounts.book);
        return (found.isEmpty() && graph.unknown(root).isEmpty() ? graph : graph.with(seed.channel(), found))
                .report(root);
    }

    /** Why a task cannot be executed for what it depends on; absent if it can. */
    @Nullable Problem problemOf(@Nullable CleanupName root, Map<CleanupReference, RemoteTask> found) {
        DependencyReport report = report(root, found);
        List<String> reasons = new ArrayList<>();
        if (!report.missing().isEmpty()) {
            reasons.add("these dependencies do not exist: " + joined(report.missing()));
        }
        report.cycles()
                .forEach(circle -> reasons.add("these tasks depend on each other in a circle: " + joined(circle)));
        if (!report.forbiddenCrossChannel().isEmpty()) {
            reasons.add("these dependencies are not allowed by the other channel: "
                    + joined(report.forbiddenCrossChannel()));
        }
        return reasons.isEmpty()
                ? null
                : Problem.of(
                        ErrorCode.INVALID_STATE,
                        COMPONENT,
                        "Nothing was executed, because " + String.join("; and ", reasons)
                                + ". Register what is missing, or register anew what depends on it.",
                        Map.of("channel", seed.channel().value()));
    }

    private static String joined(List<?> items) {
        return items.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    private static Problem problemOf(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof MillraceException expected
                ? expected.problem()
                : Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The channels that this one depends on could not be asked: " + cause.getMessage()
                                + ". Nothing was done. Try again in a moment.");
    }

    // Waiting

    /** True for a step that needs nothing from elsewhere, or whose needs have been seen complete. */
    boolean isComplete(CleanupRun run, CleanupName name) {
        RunStep step = run.step(name);
        return step == null
                || step.plan().waitsFor().isEmpty()
                || accounts.remote.complete.contains(new Step(run.number(), name));
    }

    /** Begins to wait for what steps need elsewhere, once nothing else keeps them from starting. */
    void watch(CleanupRun run) {
        for (RunStep step : run.steps()) {
            boolean isReady = step.status() == StepStatus.PENDING && !run.isRollingBack() && isFree(run, step);
            if (isReady && !isComplete(run, step.name())) {
                accounts.remote.waits.computeIfAbsent(
                        new Step(run.number(), step.name()), _ -> new Wait(timeoutOf(step.name())));
            }
        }
    }

    private static boolean isFree(CleanupRun run, RunStep step) {
        return step.plan().dependsOn().stream()
                .map(run::step)
                .allMatch(needed -> needed != null && needed.status() == StepStatus.COMPLETE);
    }

    private Duration timeoutOf(CleanupName name) {
        CleanupTask task = accounts.task(name);
        return task == null || task.timeout() == null ? Limits.CLEANUP_STEP_TIMEOUT : task.timeout();
    }

    boolean isBusy() {
        return !accounts.remote.waits.isEmpty();
    }

    /** @return true if an execution has something new to look at */
    boolean tick() {
        long now = System.nanoTime();
        boolean hasFailed = false;
        for (var entry : List.copyOf(accounts.remote.waits.entrySet())) {
            Step key = entry.getKey();
            Wait wait = entry.getValue();
            RunStep step = pending(key);
            if (step == null) {
                accounts.remote.waits.remove(key);
            } else if (wait.deadlineNanos - now <= 0) {
                fail(key, timeUp(step));
                hasFailed = true;
            } else if (!wait.isAsked && wait.nextNanos - now <= 0) {
                ask(key, step, wait);
            }
        }
        return hasFailed;
    }

    private @Nullable RunStep pending(Step key) {
        CleanupRun run = accounts.book.run(key.run);
        RunStep step = run == null || !run.isActive() || run.isRollingBack() ? null : run.step(key.step);
        return step == null || step.status() != StepStatus.PENDING ? null : step;
    }

    private void ask(Step key, RunStep step, Wait wait) {
        wait.isAsked = true;
        context.pipeToSelf(
                seed.coordinator().look(step.plan().waitsFor()),
                (found, _) -> new CleanupManager.RemoteSeen(key, found));
    }

    /** @param found absent if somebody could not be asked, which is not held against them */
    void seen(Step key, @Nullable Map<CleanupReference, RemoteTask> found) {
        Wait wait = accounts.remote.waits.get(key);
        RunStep step = pending(key);
        if (wait == null || step == null) {
            return;
        }
        wait.isAsked = false;
        wait.nextNanos = System.nanoTime() + wait.pauseMillis * 1_000_000;
        wait.pauseMillis = Math.min(PAUSE_MILLIS_MAX, wait.pauseMillis * 3 / 2);
        if (found == null) {
            return;
        }
        boolean areComplete = true;
        for (CleanupReference needed : step.plan().waitsFor()) {
            RemoteTask task = found.get(needed);
            if (task == null || hasFailed(task.status())) {
                fail(key, failed(needed, task));
                return;
            }
            areComplete &= task.status() == CleanupStatus.COMPLETE;
        }
        if (areComplete) {
            accounts.remote.waits.remove(key);
            accounts.remote.complete.add(key);
        }
    }

    private static boolean hasFailed(CleanupStatus status) {
        return switch (status) {
            case FAILED, COMPLETE_WITH_FAILURES, NEEDS_OPERATOR -> true;
            case NOT_STARTED, RUNNING, COMPLETE, ROLLED_BACK -> false;
        };
    }

    private void fail(Step key, Problem problem) {
        accounts.remote.waits.remove(key);
        accounts.measures.stepEnded(key.step, true, 0);
        store.apply(List.of(
                new CleanupChange.StepEnded(key.run, key.step, StepStatus.FAILED, problem, 0, Released.NOTHING)));
    }

    private static Problem failed(CleanupReference needed, @Nullable RemoteTask task) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                task == null
                        ? "It depends on '" + needed + "', which does not exist. Register that first."
                        : "It depends on '" + needed + "', whose status is " + task.status()
                                + ". Mend that, execute it again, and then this.",
                Map.of("dependency", needed.toString()));
    }

    private static Problem timeUp(RunStep step) {
        return Problem.of(
                ErrorCode.TIMEOUT,
                COMPONENT,
                "It waited for " + step.plan().waitsFor()
                        + ", which did not complete within the step's time. Execute that in its own channel, or give this "
                        + "task a longer timeout.");
    }

    /** An execution has ended; nothing of it waits. */
    void forget(long run) {
        accounts.remote.waits.keySet().removeIf(step -> step.run == run);
        accounts.remote.complete.removeIf(step -> step.run == run);
    }
}
