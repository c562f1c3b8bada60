package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides about the cleanup of one channel. Pure: reads the book, changes nothing, knows no clock. Each answer holds for
 * the book as it is; whoever asks writes the changes down before asking again.
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public final class CleanupRules {
    private final CleanupRefusals refusals;

    public CleanupRules(ChannelName channel) {
        this.refusals = new CleanupRefusals(channel);
    }

    // Tasks

    /** Registers a task. What it depends on need not exist yet. Takes the same time however many tasks there are. */
    public CleanupDecision register(CleanupBook book, CleanupChange.Registered task) {
        if (book.task(task.name()) != null) {
            return new CleanupDecision.Refused(refusals.nameTaken(task.name()));
        }
        return book.tasks().size() >= Limits.CLEANUP_TASKS_MAX
                ? new CleanupDecision.Refused(refusals.tooManyTasks())
                : accept(task);
    }

    /** Removes a task, or changes nothing if there is none. Refused while an execution it takes part in goes on. */
    public CleanupDecision remove(CleanupBook book, CleanupName task) {
        if (book.task(task) == null) {
            return new CleanupDecision.Accepted(List.of());
        }
        CleanupRun busy = activeWith(book, Set.of(task));
        return busy == null
                ? accept(new CleanupChange.Removed(task))
                : new CleanupDecision.Refused(refusals.inUse(task, busy.number()));
    }

    // Executions

    /**
     * Executes a task behind everything it depends on, or all tasks. An execution that failed is gone on from: what
     * completed in it is not started again.
     *
     * @param cause not {@link RunCause#ATTEMPT}
     * @param root a task, absent unless the cause is {@link RunCause#TASK}
     */
    public CleanupDecision start(CleanupBook book, RunCause cause, @Nullable CleanupName root) {
        if (root != null && book.task(root) == null) {
            return new CleanupDecision.Refused(refusals.unknown(root));
        }
        CleanupRun same = sameUnderWay(book, cause, root);
        if (same != null) {
            return new CleanupDecision.Joined(same.number());
        }
        CleanupGraph graph = CleanupGraph.of(book);
        DependencyReport report = graph.report(root);
        if (!report.missing().isEmpty() || !report.cycles().isEmpty()) {
            return new CleanupDecision.Refused(refusals.notExecutable(report));
        }
        List<CleanupName> order = graph.localOrder(root);
        CleanupRun busy = root == null ? firstOfRegisteredTasks(book) : activeWith(book, new HashSet<>(order));
        if (busy != null) {
            return new CleanupDecision.Deferred(busy.number());
        }
        if (activeOfRegisteredTasks(book) >= Limits.CLEANUP_RUNS_MAX) {
            return new CleanupDecision.Refused(refusals.tooManyRuns());
        }
        CleanupRun before = goesOnFrom(book, root);
        List<PlannedStep> steps = new ArrayList<>(order.size());
        Set<CleanupName> done = new HashSet<>();
        for (CleanupName name : order) {
            PlannedStep step = planned(book, name, before, done);
            if (step.isDone()) {
                done.add(name);
            }
            steps.add(step);
        }
        return accept(new CleanupChange.RunStarted(book.lastRun() + 1, cause, root, null, null, null, steps));
    }

    /**
     * Cleans up behind an attempt, once: an execution of it that goes on or has ended is the answer.
     *
     * @param tasks that its job declares, with no circle and nothing missing: that was checked when it was submitted
     */
    public CleanupDecision startForAttempt(
            CleanupBook book, JobId job, int attempt, long epoch, List<CleanupTask> tasks) {
        CleanupRun known = book.ofAttempt(job, epoch);
        if (known != null) {
            return new CleanupDecision.Joined(known.number());
        }
        Map<CleanupName, CleanupTask> byName =
                tasks.stream().collect(Collectors.toMap(CleanupTask::name, Function.identity()));
        List<PlannedStep> steps = CleanupGraph.of(tasks).localOrder(null).stream()
                .map(name -> planned(byName.get(name)))
                .toList();
        return accept(
                new CleanupChange.RunStarted(book.lastRun() + 1, RunCause.ATTEMPT, null, job, attempt, epoch, steps));
    }

    /**
     * What follows from how far an execution or its rollback is: steps that start now, and steps that never will.
     *
     * @param node on which they start
     * @param isRemoteComplete true for a step if everything it waits for in other channels has completed
     */
    public List<CleanupChange> advance(
            CleanupBook book, CleanupRun run, String node, Predicate<CleanupName> isRemoteComplete) {
        if (!run.isActive()) {
            return List.of();
        }
        return run.isRollingBack()
                ? RollbackRules.advance(book, run, node)
                : StepRules.advance(book, run, node, isRemoteComplete);
    }

    /** What a new owner does first about steps that its predecessor had started. Then it advances. */
    public List<CleanupChange> resume(CleanupRun run, String node) {
        return StepRules.resume(run, node);
    }

    /** True if a step whose action, check or undo has failed may be tried once more. */
    public boolean mayRetry(CleanupRun run, CleanupName step) {
        return StepRules.mayRetry(run, step);
    }

    /** Starts a step once more that {@link #mayRetry may be}. */
    public CleanupChange.StepStarted retry(CleanupRun run, CleanupName step, String node) {
        return StepRules.retry(run, step, node);
    }

    /** True if nothing of an execution acts and nothing of it will: it is time to check everything and end it. */
    public boolean isReadyToEnd(CleanupRun run) {
        return run.isActive()
                && run.steps().stream().noneMatch(step -> step.isActing() || step.status() == StepStatus.PENDING)
                && (!run.isRollingBack() || RollbackRules.next(run).isEmpty());
    }

    /**
     * Ends an execution that is {@link #isReadyToEnd ready}.
     *
     * @param released everything that is back for good
     * @param isMemoryReclaimed absent if that was not checked
     * @param problems what was found wrong when everything was checked
     */
    public CleanupChange.RunEnded end(
            CleanupRun run, Released released, @Nullable Boolean isMemoryReclaimed, List<String> problems) {
        return end(run, released, isMemoryReclaimed, problems, List.of(), false);
    }

    /**
     * As above, with what went back at the end beside what the steps gave back.
     *
     * @param isBreached true if it is stopped because the channel is not isolated
     */
    public CleanupChange.RunEnded end(
            CleanupRun run,
            Released released,
            @Nullable Boolean isMemoryReclaimed,
            List<String> problems,
            List<ReturnedItem> returned,
            boolean isBreached) {
        CleanupStatus status =
                run.isRollingBack() ? RollbackRules.ending(run, problems) : StepRules.ending(run, problems);
        return new CleanupChange.RunEnded(
                run.number(), status, released, isMemoryReclaimed, problems, returned, isBreached);
    }

    /**
     * Takes the latest execution of a task back, also one that goes on. Steps that run then have to be ended by whoever
     * runs them. A refusal says why nothing was undone.
     */
    public CleanupDecision rollback(CleanupBook book, CleanupName task) {
        if (book.task(task) == null) {
            return new CleanupDecision.Refused(refusals.unknown(task));
        }
        CleanupRun run = book.latest(task);
        if (run != null && run.isActive() && run.isRollingBack()) {
            return new CleanupDecision.Joined(run.number());
        }
        Problem problem = new RollbackRules(refusals, book).whyNot(task, run);
        return problem != null || run == null
                ? new CleanupDecision.Refused(problem == null ? refusals.neverExecuted(task) : problem)
                : accept(new CleanupChange.RollbackStarted(run.number(), !run.isActive()));
    }

    private static @Nullable CleanupRun sameUnderWay(CleanupBook book, RunCause cause, @Nullable CleanupName root) {
        for (CleanupRun run : book.active()) {
            boolean hasRoot = root == null ? run.cause() == cause : run.step(root) != null;
            if (run.isOfRegisteredTasks() && !run.isRollingBack() && hasRoot) {
                return run;
            }
        }
        return null;
    }

    private static @Nullable CleanupRun activeWith(CleanupBook book, Set<CleanupName> tasks) {
        for (CleanupRun run : book.active()) {
            if (run.isOfRegisteredTasks() && tasks.stream().anyMatch(task -> run.step(task) != null)) {
                return run;
            }
        }
        return null;
    }

    private static @Nullable CleanupRun firstOfRegisteredTasks(CleanupBook book) {
        return book.active().stream()
                .filter(CleanupRun::isOfRegisteredTasks)
                .findFirst()
                .orElse(null);
    }

    private static long activeOfRegisteredTasks(CleanupBook book) {
        return book.active().stream().filter(CleanupRun::isOfRegisteredTasks).count();
    }

    private static @Nullable CleanupRun goesOnFrom(CleanupBook book, @Nullable CleanupName root) {
        CleanupRun latest = root == null ? book.latestOfChannel() : book.latest(root);
        if (latest == null) {
            return null;
        }
        CleanupStatus status = root == null ? latest.status() : book.status(root);
        return status == CleanupStatus.FAILED || status == CleanupStatus.COMPLETE_WITH_FAILURES ? latest : null;
    }

    /**
     * A step that completed before is done, unless its task was registered anew since, or something it depends on runs
     * again.
     *
     * @param done steps before it that are
     */
    private static PlannedStep planned(
            CleanupBook book, CleanupName name, @Nullable CleanupRun before, Set<CleanupName> done) {
        RegisteredTask task = book.task(name);
        if (task == null) {
            throw new IllegalStateException("planned and not registered: " + name);
        }
        List<CleanupName> dependsOn = CleanupGraph.localNames(task.dependsOn());
        return new PlannedStep(
                name,
                dependsOn,
                task.dependsOn().stream()
                        .filter(reference -> !reference.isLocal())
                        .toList(),
                task.isRepeatable(),
                task.isReversible(),
                before != null
                        && isComplete(before.step(name))
                        && isComplete(latestStep(book, name))
                        && task.registeredAtMillis() <= before.startedAtMillis()
                        && done.containsAll(dependsOn));
    }

    private static @Nullable RunStep latestStep(CleanupBook book, CleanupName name) {
        CleanupRun latest = book.latest(name);
        return latest == null ? null : latest.step(name);
    }

    private static boolean isComplete(@Nullable RunStep step) {
        return step != null && step.status() == StepStatus.COMPLETE;
    }

    private static PlannedStep planned(@Nullable CleanupTask task) {
        if (task == null) {
            throw new IllegalStateException("planned and not declared");
        }
        return new PlannedStep(
                task.name(),
                task.dependsOn().stream().map(CleanupReference::task).toList(),
                List.of(),
                task.isRepeatable(),
                task.isReversible(),
                false);
    }

    private static CleanupDecision accept(CleanupChange change) {
        return new CleanupDecision.Accepted(List.of(change));
    }
}
