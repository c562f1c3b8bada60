package io.millrace.domain.cleanup.history;

import static io.millrace.domain.cleanup.history.BrokenPromise.unless;

import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.PlannedStep;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.StepPhase;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What must be true at every moment of a history. It reads every change as it is stored and hears of everything that
 * happens outside, keeps books of its own that share no code with {@link CleanupBook}, and checks:
 *
 * <ul>
 *   <li>a step acts only when that is stored, behind all it depends on, and once if it may act once only;
 *   <li>an execution consists of exactly what its root needs, and no task is in two executions at once;
 *   <li>what completed in an execution that failed does not act again when that is gone on from, unless what it depends
 *       on does, or its task is another one by now;
 *   <li>a step is undone only in a rollback, behind all that stood on it;
 *   <li>an execution ends only when each step has ended, as the ends of its steps say;
 *   <li>once it is rolled back, everything that acted and can be undone was undone.
 * </ul>
 */
final class NaiveBooks {
    private final Map<CleanupName, CleanupChange.Registered> tasks = new HashMap<>();
    private final Map<Long, Run> runs = new LinkedHashMap<>();
    private final Map<CleanupName, StepStatus> latest = new HashMap<>();
    /** The latest execution when a task was registered. */
    private final Map<CleanupName, Long> registeredBehind = new HashMap<>();

    private long lastRun;

    /** One execution. */
    private static final class Run {
        private final CleanupChange.RunStarted started;
        private final Map<CleanupName, Step> steps = new LinkedHashMap<>();
        private boolean isActive = true;
        private boolean isRollback;

        private Run(CleanupChange.RunStarted started) {
            this.started = started;
            for (PlannedStep planned : started.steps()) {
                steps.put(planned.name(), new Step(planned));
            }
        }

        private Step step(CleanupName name) {
            return Objects.requireNonNull(steps.get(name), () -> "no step " + name);
        }
    }

    /** One step of it. */
    private static final class Step {
        private final PlannedStep plan;
        private StepStatus status;
        private int acted;

        private Step(PlannedStep plan) {
            this.plan = plan;
            this.status = plan.isDone() ? StepStatus.COMPLETE : StepStatus.PENDING;
        }

        private boolean stands() {
            return status == StepStatus.COMPLETE
                    || status == StepStatus.RUNNING
                    || status == StepStatus.UNDOING
                    || status == StepStatus.UNDO_FAILED
                    || status == StepStatus.FAILED && acted > 0 && plan.isReversible();
        }
    }

    // What is stored

    void stored(CleanupChange change) {
        switch (change) {
            case CleanupChange.Registered registered -> {
                unless(tasks.put(registered.name(), registered) == null, () -> registered.name() + " twice");
                registeredBehind.put(registered.name(), lastRun);
            }
            case CleanupChange.Removed removed -> {
                unless(tasks.remove(removed.name()) != null, () -> removed.name() + " was not there");
                latest.remove(removed.name());
            }
            case CleanupChange.RunStarted started -> onRunStarted(started);
            case CleanupChange.StepStarted started -> {
                Step step = run(started.run()).step(started.step());
                step.status = started.phase() == StepPhase.UNDO ? StepStatus.UNDOING : StepStatus.RUNNING;
            }
            case CleanupChange.StepEnded ended -> onStepEnded(ended);
            case CleanupChange.RollbackStarted rollback -> {
                Run run = run(rollback.run());
                run.isActive = true;
                run.isRollback = true;
                run.steps.values().stream()
                        .filter(step -> step.status == StepStatus.UNDO_FAILED)
                        .forEach(step -> step.status = StepStatus.COMPLETE);
            }
            case CleanupChange.RunEnded ended -> onRunEnded(ended);
            case CleanupChange.ItemsReturned items ->
                unless(!isOfTasks(run(items.run())), () -> "execution " + items.run() + " is behind no attempt");
        }
    }

    private void onRunStarted(CleanupChange.RunStarted started) {
        Run run = new Run(started);
        unless(runs.put(started.run(), run) == null, () -> "two executions " + started.run());
        lastRun = started.run();
        if (started.cause() == RunCause.ATTEMPT) {
            return;
        }
        Set<CleanupName> needed = needed(started);
        unless(run.steps.keySet().equals(needed), () -> "execution has " + run.steps.keySet() + ", needs " + needed);
        for (Step step : run.steps.values()) {
            CleanupName name = step.plan.name();
            boolean isElsewhere = runs.values().stream()
                    .anyMatch(other ->
                            other != run && isOfTasks(other) && other.isActive && other.steps.containsKey(name));
            unless(!isElsewhere, () -> name + " is in two executions at once");
            unless(
                    !step.plan.isDone() || latest.get(name) == StepStatus.COMPLETE,
                    () -> name + " is taken for done and is " + latest.get(name));
        }
        checkWhatIsDone(run);
        run.steps.keySet().forEach(name -> latest.put(name, run.step(name).status));
    }

    private Set<CleanupName> needed(CleanupChange.RunStarted started) {
        CleanupName root = started.root();
        Set<CleanupName> needed = new HashSet<>(root == null ? tasks.keySet() : Set.of(root));
        int before;
        do {
            before = needed.size();
            Set.copyOf(needed).forEach(name -> {
                for (CleanupReference reference : tasks.get(name).dependsOn()) {
                    needed.add(reference.task());
                }
            });
        } while (needed.size() > before);
        return needed;
    }

    /** An execution of the same root that failed is gone on from: its complete steps are done, if they still are. */
    private void checkWhatIsDone(Run run) {
        CleanupName root = run.started.root();
        if (root == null || latest.get(root) != StepStatus.FAILED && latest.get(root) != StepStatus.SKIPPED) {
            return;
        }
        Run before = runs.values().stream()
                .filter(other -> other != run && isOfTasks(other) && other.steps.containsKey(root))
                .reduce((_, later) -> later)
                .orElseThrow();
        if (before.isRollback) {
            return;
        }
        for (Step step : run.steps.values()) {
            Step earlier = before.steps.get(step.plan.name());
            boolean isDone = earlier != null
                    && earlier.status == StepStatus.COMPLETE
                    && latest.get(step.plan.name()) == StepStatus.COMPLETE
                    && registeredBehind.get(step.plan.name()) < before.started.run()
                    && step.plan.dependsOn().stream()
                            .allMatch(dependency -> run.step(dependency).plan.isDone());
            unless(step.plan.isDone() == isDone, () -> step.plan.name() + " is done: " + isDone);
        }
    }

    private void onStepEnded(CleanupChange.StepEnded ended) {
        Run run = run(ended.run());
        run.step(ended.step()).status = ended.status();
        if (isOfTasks(run) && isLatest(run, ended.step())) {
            latest.put(ended.step(), ended.status());
        }
    }

    private void onRunEnded(CleanupChange.RunEnded ended) {
        Run run = run(ended.run());
        unless(run.isActive, () -> "execution " + ended.run() + " ended twice");
        run.isActive = false;
        long complete = count(run, StepStatus.COMPLETE);
        long open = count(run, StepStatus.PENDING) + count(run, StepStatus.RUNNING) + count(run, StepStatus.UNDOING);
        unless(open == 0, () -> "execution " + ended.run() + " ended while " + open + " steps had not");
        CleanupStatus expected = run.isRollback
                ? standing(run) == 0 ? CleanupStatus.ROLLED_BACK : CleanupStatus.NEEDS_OPERATOR
                : complete == run.steps.size()
                        ? CleanupStatus.COMPLETE
                        : complete == 0 ? CleanupStatus.FAILED : CleanupStatus.COMPLETE_WITH_FAILURES;
        unless(ended.status() == expected, () -> "ended as " + ended.status() + ", which is " + expected);
        if (!run.isRollback) {
            long failed = count(run, StepStatus.FAILED);
            long skipped = count(run, StepStatus.SKIPPED);
            unless(complete + failed + skipped == run.steps.size(), () -> "a step is neither done, failed nor skipped");
        }
        if (ended.status() == CleanupStatus.ROLLED_BACK) {
            run.steps.values().stream()
                    .filter(step -> step.acted > 0 || step.plan.isDone())
                    .filter(step -> step.plan.isReversible() || step.status == StepStatus.COMPLETE)
                    .forEach(step -> unless(
                            step.status == StepStatus.UNDONE,
                            () -> "rolled back, and " + step.plan.name() + " is " + step.status));
        }
    }

    // What happens outside

    /** A step acts. */
    void acts(long number, CleanupName name) {
        Run run = run(number);
        Step step = run.step(name);
        unless(step.status == StepStatus.RUNNING, () -> name + " acts while it is stored as " + step.status);
        unless(step.plan.isRepeatable() || step.acted == 0, () -> name + " may act once and acts again");
        unless(!step.plan.isDone(), () -> name + " is done and acts again");
        for (CleanupName dependency : step.plan.dependsOn()) {
            StepStatus status = run.step(dependency).status;
            unless(status == StepStatus.COMPLETE, () -> name + " acts while " + dependency + " is " + status);
        }
        step.acted++;
    }

    /** A step is being undone. */
    void undoes(long number, CleanupName name) {
        Run run = run(number);
        Step step = run.step(name);
        unless(run.isRollback, () -> name + " is undone outside a rollback");
        unless(step.status == StepStatus.UNDOING, () -> name + " is undone while it is stored as " + step.status);
        for (Step other : run.steps.values()) {
            unless(
                    !other.plan.dependsOn().contains(name) || !other.stands(),
                    () -> name + " is undone while " + other.plan.name() + " is " + other.status);
        }
    }

    // Comparing

    void sameAs(CleanupBook book) {
        unless(book.tasks().size() == tasks.size(), () -> "other tasks");
        long active = runs.values().stream().filter(run -> run.isActive).count();
        unless(book.active().size() == active, () -> "other executions under way");
        runs.forEach((number, naive) -> {
            CleanupRun run = book.run(number);
            if (run == null) {
                unless(!naive.isActive, () -> "execution " + number + " was forgotten while it goes on");
                return;
            }
            run.steps()
                    .forEach(step -> unless(
                            step.status() == naive.step(step.name()).status,
                            () -> step.name() + " is " + naive.step(step.name()).status + ", the book has "
                                    + step.status()));
        });
    }

    boolean isAnythingOpen() {
        return runs.values().stream().anyMatch(run -> run.isActive);
    }

    private boolean isLatest(Run run, CleanupName task) {
        return runs.values().stream()
                .noneMatch(other ->
                        isOfTasks(other) && other.started.run() > run.started.run() && other.steps.containsKey(task));
    }

    private static boolean isOfTasks(Run run) {
        return run.started.cause() != RunCause.ATTEMPT;
    }

    private static long standing(Run run) {
        return run.steps.values().stream().filter(Step::stands).count();
    }

    private static long count(Run run, StepStatus status) {
        return run.steps.values().stream().filter(step -> step.status == status).count();
    }

    private Run run(long number) {
        return Objects.requireNonNull(runs.get(number), () -> "no execution " + number);
    }
}
