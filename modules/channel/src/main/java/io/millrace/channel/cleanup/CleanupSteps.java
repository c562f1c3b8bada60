package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.MessageTimes;
import io.millrace.channel.cleanup.CleanupAccounts.AttemptTasks;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.RunStep;
import io.millrace.domain.cleanup.StepPhase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * Lets the steps of executions act, each from its first try to its end. A step may act only once its start is stored, and
 * one that may run once only is never tried again.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupSteps {
    private static final String COMPONENT = "CleanupManager";
    private static final int DETAIL_CHARS_MAX = 1_000;

    private final ActorContext<CleanupManager.Command> context;
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;
    private final CleanupStore store;
    private final StepTools tools;
    private final CleanupRules rules;

    CleanupSteps(
            ActorContext<CleanupManager.Command> context,
            CleanupManager.Seed seed,
            CleanupAccounts accounts,
            CleanupStore store,
            StepTools tools) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.tools = tools;
        this.rules = new CleanupRules(seed.channel());
    }

    /** The start of a try is stored. */
    void begin(StepOrder.Key key, int number) {
        CleanupRun run = accounts.book.run(key.run());
        RunStep step = run == null ? null : run.step(key.step());
        if (run == null || step == null || !step.isActing() || step.phase() != key.phase()) {
            return;
        }
        CleanupTask task = task(run, key.step());
        ActingStep acting = accounts.acting.computeIfAbsent(key, _ -> new ActingStep(key, timeoutOf(task)));
        if (acting.runner != null) {
            return;
        }
        acting.number = number;
        if (task == null) {
            end(acting, Problem.of(ErrorCode.INTERNAL, COMPONENT, "The description of the step is lost."));
        } else if (run.isRollingBack() && key.phase() == StepPhase.ACTION) {
            end(acting, rolledBack());
        } else {
            acting.runner = spawn(acting, run, task);
        }
    }

    private ActorRef<StepRunner.Command> spawn(ActingStep acting, CleanupRun run, CleanupTask task) {
        var order =
                new StepOrder(acting.key, acting.number, task, attemptOf(run), accounts.spec.env(), acting.timeLeft());
        ActorRef<StepRunner.Command> runner = context.spawn(
                MessageTimes.measured(
                        StepRunner.create(tools, order), seed.services().instruments()),
                "step-" + ++accounts.children);
        context.watchWith(runner, new CleanupManager.RunnerStopped(acting.key, runner));
        return runner;
    }

    private @Nullable AttemptId attemptOf(CleanupRun run) {
        AttemptTasks behind = accounts.attemptTasks.get(run.number());
        return behind == null ? null : behind.attempt();
    }

    /** A task as it was registered or declared; absent if it is no longer known. */
    @Nullable CleanupTask task(CleanupRun run, CleanupName name) {
        if (run.isOfRegisteredTasks()) {
            return accounts.task(name);
        }
        AttemptTasks behind = accounts.attemptTasks.get(run.number());
        return behind == null ? null : behind.tasks().get(name);
    }

    private static Duration timeoutOf(@Nullable CleanupTask task) {
        Duration timeout = task == null ? null : task.timeout();
        return timeout == null ? Limits.CLEANUP_STEP_TIMEOUT : timeout;
    }

    // Ends

    void done(CleanupManager.StepDone done) {
        ActingStep acting = accounts.acting.get(done.step());
        if (acting == null || acting.runner == null || acting.number != done.number()) {
            return;
        }
        acting.runner = null;
        acting.released = acting.released.plus(done.released());
        Problem problem = done.problem();
        if (problem == null || !mayRetry(acting)) {
            end(acting, problem);
        } else {
            acting.failure = problem;
        }
    }

    /** Its try ended by a defect, and what it has done is unknown. */
    void stopped(StepOrder.Key key, ActorRef<StepRunner.Command> runner) {
        ActingStep acting = accounts.acting.get(key);
        if (acting != null && runner.equals(acting.runner)) {
            acting.runner = null;
            Problem problem = Problem.of(
                    ErrorCode.INTERNAL,
                    COMPONENT,
                    "The step was cut off by a defect of Millrace. The node's log has the cause.");
            if (mayRetry(acting)) {
                acting.failure = problem;
            } else {
                end(acting, problem);
            }
        }
    }

    private boolean mayRetry(ActingStep acting) {
        CleanupRun run = accounts.book.run(acting.key.run());
        return acting.aborted == null && run != null && rules.mayRetry(run, acting.key.step()) && acting.pause();
    }

    /** @param problem absent if it has worked */
    private void end(ActingStep acting, @Nullable Problem problem) {
        accounts.acting.remove(acting.key);
        CleanupName name = acting.key.step();
        boolean isUndo = acting.key.phase() == StepPhase.UNDO;
        StepStatus status = isUndo
                ? problem == null ? StepStatus.UNDONE : StepStatus.UNDO_FAILED
                : problem == null ? StepStatus.COMPLETE : StepStatus.FAILED;
        long millis = acting.durationMillis();
        if (isUndo) {
            accounts.measures.undone(name);
        } else {
            accounts.measures.stepEnded(accounts.registeredTask(acting.key.run(), name), problem != null, millis);
        }
        seed.services().instruments().cleanupStepEnded(problem != null, acting.durationNanos());
        store.apply(List.of(new CleanupChange.StepEnded(
                acting.key.run(), name, status, problem == null ? null : shortened(problem), millis, acting.released)));
    }

    /** It is stored, and shown to whoever looks at the task. */
    private static Problem shortened(Problem problem) {
        String detail = problem.detail();
        return detail.length() <= DETAIL_CHARS_MAX
                ? problem
                : new Problem(
                        problem.code(),
                        problem.component(),
                        detail.substring(0, DETAIL_CHARS_MAX) + "…",
                        problem.context(),
                        problem.violations(),
                        problem.retryAfter());
    }

    // Tries

    /** Tries again what is due. */
    void tick() {
        long now = System.nanoTime();
        for (ActingStep acting : List.copyOf(accounts.acting.values())) {
            CleanupRun run = accounts.book.run(acting.key.run());
            if (run != null
                    && mayGoOn(run)
                    && acting.retryAtNanos != ActingStep.NEVER
                    && acting.retryAtNanos - now <= 0) {
                acting.retryAtNanos = ActingStep.NEVER;
                store.apply(List.of(
                        rules.retry(run, acting.key.step(), seed.services().node())));
            }
        }
    }

    /** What is registered goes on elsewhere once the channel leaves its node. */
    private boolean mayGoOn(CleanupRun run) {
        return !accounts.isLeaving || !run.isOfRegisteredTasks();
    }

    /** Steps of registered tasks that act or are about to, without those that wait to be tried again. */
    List<StepOrder.Key> acting() {
        List<StepOrder.Key> acting = new ArrayList<>();
        for (CleanupRun run : accounts.book.active()) {
            for (RunStep step : run.isOfRegisteredTasks() ? run.steps() : List.<RunStep>of()) {
                var key = new StepOrder.Key(run.number(), step.name(), step.phase());
                ActingStep known = accounts.acting.get(key);
                if (step.isActing() && (known == null || known.retryAtNanos == ActingStep.NEVER)) {
                    acting.add(key);
                }
            }
        }
        return acting;
    }

    /** True if one of these steps runs a command, which takes longer to come to its end. */
    boolean hasProcess(List<StepOrder.Key> acting) {
        return acting.stream()
                .map(key -> accounts.task(key.step()))
                .filter(Objects::nonNull)
                .flatMap(task -> Stream.of(task.action(), task.check(), task.undo()))
                .anyMatch(action -> action instanceof CleanupAction.Run(Work.Process _));
    }

    boolean isBusy() {
        return accounts.acting.values().stream().anyMatch(acting -> acting.retryAtNanos != ActingStep.NEVER);
    }

    /** Ends the actions of an execution that is taken back; undoing goes on. */
    void abort(CleanupRun run) {
        for (ActingStep acting : List.copyOf(accounts.acting.values())) {
            if (acting.key.run() == run.number() && acting.key.phase() == StepPhase.ACTION) {
                acting.aborted = rolledBack();
                if (acting.runner != null) {
                    acting.runner.tell(new StepRunner.Abort(acting.aborted));
                } else if (acting.retryAtNanos != ActingStep.NEVER) {
                    end(acting, acting.failure == null ? acting.aborted : acting.failure);
                }
            }
        }
    }

    private static Problem rolledBack() {
        return Problem.of(
                ErrorCode.INVALID_STATE, COMPONENT, "The step was ended because the execution was rolled back.");
    }

    /** After a restart of the cleanup manager: lets those act whose start is stored and was not followed. */
    void recover() {
        for (CleanupRun run : List.copyOf(accounts.book.active())) {
            for (RunStep step : List.copyOf(run.steps())) {
                var key = new StepOrder.Key(run.number(), step.name(), step.phase());
                boolean isWaiting =
                        accounts.unstored.isAnyWaiting(change -> change instanceof CleanupChange.StepStarted started
                                && StepOrder.Key.of(started).equals(key));
                ActingStep acting = accounts.acting.get(key);
                boolean isLost = acting == null || (acting.runner == null && acting.retryAtNanos == ActingStep.NEVER);
                if (acting != null && acting.runner != null && !isRunning(acting.runner)) {
                    stopped(key, acting.runner);
                } else if (step.isActing() && !isWaiting && isLost) {
                    begin(key, step.phase() == StepPhase.UNDO ? step.undoTries() : step.tries());
                }
            }
        }
    }

    private boolean isRunning(ActorRef<StepRunner.Command> runner) {
        return context.getChildren().contains(runner.unsafeUpcast());
    }

    /** The channel is gone: nothing of it acts any more. */
    void stopAll() {
        accounts.acting.values().forEach(acting -> {
            if (acting.runner != null) {
                context.stop(acting.runner);
            }
        });
        accounts.acting.clear();
    }
}
