package io.millrace.domain.cleanup;

import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The last guard before changes of a cleanup become true: each must be possible behind those before it. A change that is
 * not is a defect of whoever decided it. Good for one list of changes.
 */
public final class ContradictionCheck {
    private final CleanupBook book;
    /** Tasks that these changes register or remove: true if the task is there behind them. */
    private final Map<CleanupName, Boolean> tasks = new HashMap<>();
    /** Executions that these changes are about, as they are behind them. */
    private final Map<Long, CleanupRun> runs = new HashMap<>();

    private long lastRun;

    private ContradictionCheck(CleanupBook book) {
        this.book = book;
        this.lastRun = book.lastRun();
    }

    /** What is impossible about the first change that is, for an operator; absent if all of them are possible. */
    public static @Nullable String find(CleanupBook book, List<CleanupChange> changes) {
        ContradictionCheck check = new ContradictionCheck(book);
        for (CleanupChange change : changes) {
            String contradiction = check.next(change);
            if (contradiction != null) {
                return contradiction;
            }
        }
        return null;
    }

    private @Nullable String next(CleanupChange change) {
        return switch (change) {
            case CleanupChange.Registered registered -> registered(registered.name());
            case CleanupChange.Removed removed -> removed(removed.name());
            case CleanupChange.RunStarted started -> runStarted(started);
            case CleanupChange.OfRun ofRun -> ofRun(ofRun);
        };
    }

    private @Nullable String registered(CleanupName task) {
        return isRegistered(task) ? "the task " + task + " is registered already" : put(task, true);
    }

    private @Nullable String removed(CleanupName task) {
        if (!isRegistered(task)) {
            return "there is no task " + task;
        }
        return isInActiveRun(task) ? "the task " + task + " is being executed" : put(task, false);
    }

    private @Nullable String put(CleanupName task, boolean isRegistered) {
        tasks.put(task, isRegistered);
        return null;
    }

    private @Nullable String runStarted(CleanupChange.RunStarted started) {
        if (started.run() <= lastRun) {
            return "execution " + started.run() + " is not above all earlier ones";
        }
        if (started.cause() != RunCause.ATTEMPT) {
            for (PlannedStep step : started.steps()) {
                if (!isRegistered(step.name())) {
                    return "execution " + started.run() + " has a step " + step.name() + ", which is no task";
                }
                if (isInActiveRun(step.name())) {
                    return "the task " + step.name() + " is being executed already";
                }
            }
        }
        lastRun = started.run();
        runs.put(started.run(), CleanupRun.started(started, 0));
        return null;
    }

    private @Nullable String ofRun(CleanupChange.OfRun change) {
        CleanupRun run = copyOf(change.run());
        if (run == null) {
            return "there is no execution " + change.run();
        }
        String contradiction = switch (change) {
            case CleanupChange.StepStarted started -> stepStarted(run, started);
            case CleanupChange.StepEnded ended -> stepEnded(run, ended);
            case CleanupChange.RollbackStarted _ -> rollbackStarted(run);
            case CleanupChange.RunEnded ended -> runEnded(run, ended);
            case CleanupChange.ItemsReturned _ -> itemsReturned(run);
            case CleanupChange.RunStarted _ -> throw new IllegalStateException("handled before");
        };
        return contradiction == null ? null : "in execution " + change.run() + ", " + contradiction;
    }

    private static @Nullable String stepStarted(CleanupRun run, CleanupChange.StepStarted started) {
        RunStep step = run.step(started.step());
        if (step == null || !run.isActive()) {
            return "the step " + started.step() + " cannot start, because it is not there or the execution has ended";
        }
        boolean isPossible = started.phase() == StepPhase.ACTION
                ? mayAct(run, step, started.number())
                : run.isRollingBack() && mayUndo(run, step, started.number());
        if (!isPossible) {
            return "the step " + step.name() + " cannot start try " + started.number() + " of its " + started.phase()
                    + " while it is " + step.status();
        }
        run.stepStarted(started, 0);
        return null;
    }

    private static boolean mayAct(CleanupRun run, RunStep step, int number) {
        boolean isNext = step.status() == StepStatus.PENDING && number == 1
                || step.status() == StepStatus.RUNNING && step.plan().isRepeatable() && number == step.tries() + 1;
        return isNext
                && !run.isRollingBack()
                && step.plan().dependsOn().stream()
                        .map(run::step)
                        .allMatch(dependency -> dependency != null && dependency.status() == StepStatus.COMPLETE);
    }

    private static boolean mayUndo(CleanupRun run, RunStep step, int number) {
        return step.plan().isReversible()
                && number == step.undoTries() + 1
                && (step.status() == StepStatus.UNDOING
                        || RollbackRules.next(run).contains(step));
    }

    private static @Nullable String stepEnded(CleanupRun run, CleanupChange.StepEnded ended) {
        RunStep step = run.step(ended.step());
        if (step == null || !run.isActive()) {
            return "the step " + ended.step() + " cannot end, because it is not there or the execution has ended";
        }
        boolean isPossible = switch (ended.status()) {
            case COMPLETE -> step.status() == StepStatus.RUNNING;
            case FAILED -> step.status() == StepStatus.RUNNING || step.status() == StepStatus.PENDING;
            case SKIPPED -> step.status() == StepStatus.PENDING;
            case UNDONE, UNDO_FAILED -> step.status() == StepStatus.UNDOING;
            case PENDING, RUNNING, UNDOING -> false;
        };
        if (!isPossible) {
            return "the step " + step.name() + " cannot become " + ended.status() + " while it is " + step.status();
        }
        run.stepEnded(ended);
        return null;
    }

    private static @Nullable String rollbackStarted(CleanupRun run) {
        if (run.isActive() && run.isRollingBack() || run.status() == CleanupStatus.ROLLED_BACK) {
            return "a rollback is under way or done already";
        }
        run.rollbackStarted();
        return null;
    }

    private static @Nullable String runEnded(CleanupRun run, CleanupChange.RunEnded ended) {
        boolean isOpen = run.steps().stream().anyMatch(step -> step.isActing() || step.status() == StepStatus.PENDING);
        boolean isEndOfRollback =
                ended.status() == CleanupStatus.ROLLED_BACK || ended.status() == CleanupStatus.NEEDS_OPERATOR;
        if (!run.isActive()
                || isOpen
                || isEndOfRollback != run.isRollingBack()
                || !ended.status().isFinal()) {
            return "its end as " + ended.status() + " does not fit its steps";
        }
        run.ended(ended, 0);
        return null;
    }

    private static @Nullable String itemsReturned(CleanupRun run) {
        return run.isOfRegisteredTasks() ? "what an attempt held is returned, and it is behind none" : null;
    }

    private boolean isRegistered(CleanupName task) {
        return Objects.requireNonNullElse(tasks.get(task), book.task(task) != null);
    }

    private boolean isInActiveRun(CleanupName task) {
        return book.active().stream().anyMatch(run -> !runs.containsKey(run.number()) && isActiveWith(run, task))
                || runs.values().stream().anyMatch(run -> isActiveWith(run, task));
    }

    private static boolean isActiveWith(CleanupRun run, CleanupName task) {
        return run.isActive() && run.isOfRegisteredTasks() && run.step(task) != null;
    }

    private @Nullable CleanupRun copyOf(long number) {
        CleanupRun copy = runs.get(number);
        CleanupRun stored = copy == null ? book.run(number) : null;
        if (stored != null) {
            copy = CleanupRun.of(stored.snapshot());
            runs.put(number, copy);
        }
        return copy;
    }
}
