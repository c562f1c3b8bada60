package io.millrace.channel.cleanup;

import io.millrace.channel.Inspection;
import io.millrace.channel.ManagerReply;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStep;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.RegisteredTask;
import io.millrace.domain.cleanup.RunStep;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Shows the tasks of a channel as they are. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupViews {
    private static final int FAILURES_NAMED_MAX = 5;

    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;

    CleanupViews(CleanupManager.Seed seed, CleanupAccounts accounts) {
        this.seed = seed;
        this.accounts = accounts;
    }

    Handle handle(RegisteredTask task) {
        return seed.services()
                .seals()
                .seal(HandleType.CLEANUP, task.name().value(), seed.channel(), task.incarnation(), task.node());
    }

    CleanupView view(RegisteredTask task) {
        CleanupRun latest = accounts.book.latest(task.name());
        return view(task, latest == null ? null : latest.result(now()));
    }

    /** The execution behind the latest attempt of a job. */
    ManagerReply ofJob(JobId job) {
        CleanupRun run = accounts.book.ofJob(job);
        return run == null
                ? new ManagerReply.Refused(Problem.of(
                        ErrorCode.NOT_FOUND,
                        "CleanupManager",
                        "No cleanup behind job " + job + " is known in the channel '" + seed.channel()
                                + "'. Its specification declares none, none has begun, or it is older than the last "
                                + Limits.CLEANUPS_KEPT_MAX + "."))
                : new CleanupManager.Executed(run.result(now()));
    }

    /** With that step of the latest execution only that is the task's own. */
    CleanupView brief(RegisteredTask task) {
        CleanupRun latest = accounts.book.latest(task.name());
        return view(task, latest == null ? null : brief(latest.result(now()), task.name()));
    }

    /** Executions that go on or ended lately, newest first. */
    List<Inspection.CleanupView> executions() {
        return accounts.book.newest(Limits.CLEANUPS_KEPT_MAX).stream()
                .map(this::execution)
                .toList();
    }

    private Inspection.CleanupView execution(CleanupRun run) {
        Map<StepStatus, Long> steps =
                run.steps().stream().collect(Collectors.groupingBy(RunStep::status, Collectors.counting()));
        int completed = count(steps, StepStatus.COMPLETE);
        return new Inspection.CleanupView(
                seed.services().node(),
                seed.channel(),
                run.job(),
                run.epoch(),
                run.number(),
                run.root() == null ? null : run.root().value(),
                run.status().name(),
                Instant.ofEpochMilli(run.startedAtMillis()),
                run.isActive() ? null : Instant.ofEpochMilli(run.endedAtMillis()),
                new Inspection.CleanupSteps(
                        run.steps().size(),
                        completed,
                        count(steps, StepStatus.FAILED) + count(steps, StepStatus.UNDO_FAILED),
                        count(steps, StepStatus.SKIPPED)),
                detail(run, completed));
    }

    private static int count(Map<StepStatus, Long> steps, StepStatus status) {
        return steps.getOrDefault(status, 0L).intValue();
    }

    private static String detail(CleanupRun run, int completed) {
        String failures = failures(run);
        return failures.isEmpty()
                ? completed + " of " + run.steps().size() + " steps have completed"
                        + (run.isRollingBack() ? "; it is taken back" : "")
                : failures;
    }

    private static CleanupResult brief(CleanupResult whole, CleanupName task) {
        List<CleanupStep> own =
                whole.steps().stream().filter(step -> step.name().equals(task)).toList();
        return new CleanupResult(
                whole.run(),
                whole.root(),
                whole.job(),
                whole.status(),
                whole.startedAt(),
                whole.endedAt(),
                whole.duration(),
                own,
                whole.released(),
                whole.isMemoryReclaimed(),
                whole.problems(),
                whole.returned());
    }

    private CleanupView view(RegisteredTask task, @Nullable CleanupResult latest) {
        return new CleanupView(
                handle(task),
                accounts.task(task),
                accounts.book.status(task.name()),
                Instant.ofEpochMilli(task.registeredAtMillis()),
                latest);
    }

    private long now() {
        return seed.clock().get().millis();
    }

    /** What went wrong in an execution, for people; a few of many. */
    static String failures(CleanupRun run) {
        Stream<String> steps = run.steps().stream()
                .filter(step -> switch (step.status()) {
                    case FAILED, UNDO_FAILED -> true;
                    case PENDING, RUNNING, COMPLETE, SKIPPED, UNDOING, UNDONE -> false;
                })
                .map(CleanupViews::failure);
        List<String> all = Stream.concat(steps, run.problems().stream()).toList();
        String named = all.stream().limit(FAILURES_NAMED_MAX).collect(Collectors.joining("; "));
        return all.size() <= FAILURES_NAMED_MAX
                ? named
                : named + "; and " + (all.size() - FAILURES_NAMED_MAX) + " more";
    }

    private static String failure(RunStep step) {
        return "step '" + step.name() + "' has failed"
                + (step.error() == null ? "" : ": " + step.error().detail());
    }
}
