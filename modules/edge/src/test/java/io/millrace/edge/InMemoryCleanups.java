package io.millrace.edge;

import io.millrace.channel.ChannelCleanups;
import io.millrace.channel.Channels;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.handle.Expectation;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupStep;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.work.JobKind;
import io.millrace.contracts.work.Work;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Cleanups as the edge sees them, held in memory. Nothing is done and nothing takes time: a step completes unless its
 * handler is called {@value #FAILING_HANDLER}, and an execution goes on for as long as a test says so.
 */
public final class InMemoryCleanups implements ChannelCleanups {
    public static final String FAILING_HANDLER = "fail";

    private static final String NODE = "millrace@127.0.0.1:25520";
    private static final String COMPONENT = "CleanupManager";

    private final Consumer<ChannelName> requireExisting;
    private final BoundaryGuard guard = new BoundaryGuard(InMemoryLocks.SEALS);
    private final Map<ChannelName, TreeMap<String, CleanupView>> tasks = new HashMap<>();
    private final Map<String, Remembered> keys = new HashMap<>();
    private final List<Duration> waits = new ArrayList<>();
    private final List<IsolationReport.Breach> breaches = new ArrayList<>();
    private final Map<JobId, CleanupResult> behindJobs = new HashMap<>();
    private CleanupStatus statusOfExecutions = CleanupStatus.COMPLETE;
    private long lastRun;

    private record Remembered(String bodyHash, CleanupView task) {}

    InMemoryCleanups(Consumer<ChannelName> requireExisting) {
        this.requireExisting = requireExisting;
    }

    /** How long callers would have waited for executions, in order. */
    public synchronized List<Duration> waits() {
        return List.copyOf(waits);
    }

    /** From here on no execution ends. */
    public synchronized void holdExecutions() {
        statusOfExecutions = CleanupStatus.RUNNING;
    }

    /** An attempt of the job has ended, and what its specification declares was done. */
    public synchronized void cleanUpBehind(JobId job) {
        CleanupStep step = new CleanupStep(
                new CleanupName("drop"), StepStatus.COMPLETE, 1, NODE, now(), Duration.ofMillis(12), null);
        behindJobs.put(
                job,
                new CleanupResult(
                        ++lastRun,
                        null,
                        job,
                        CleanupStatus.COMPLETE,
                        now(),
                        now(),
                        Duration.ofMillis(12),
                        List.of(step),
                        Released.NOTHING,
                        null,
                        List.of(),
                        List.of(returnedLock())));
    }

    private static ReturnedItem returnedLock() {
        return new ReturnedItem(
                ReturnedItem.Type.LOCK,
                1,
                1,
                List.of("schema-7"),
                "node-2",
                ReturnedItem.End.RETURNED,
                "LockManager",
                NODE,
                now(),
                null);
    }

    /** Something that a cleanup left or touched; found by the next check. */
    public synchronized void plant(IsolationReport.Breach breach) {
        breaches.add(breach);
    }

    @Override
    public synchronized CompletionStage<Registration> register(
            ChannelName channel, CleanupTask task, Channels.@Nullable IdempotencyKey key) {
        return answer(channel, () -> {
            Remembered remembered = key == null ? null : keys.get(key.key());
            if (key != null && remembered != null) {
                requireSameBody(key, remembered);
                return new Registration(remembered.task, true);
            }
            String name = task.name().value();
            CleanupView view = new CleanupView(
                    InMemoryLocks.SEALS.seal(HandleType.CLEANUP, name, channel, 1, NODE),
                    task,
                    CleanupStatus.NOT_STARTED,
                    now(),
                    null);
            if (all(channel).putIfAbsent(name, view) != null) {
                throw Problem.of(
                                ErrorCode.ALREADY_EXISTS,
                                COMPONENT,
                                "There is a cleanup task '" + name + "' already. Choose another name, or remove it.")
                        .asException();
            }
            if (key != null) {
                keys.put(key.key(), new Remembered(key.bodyHash(), view));
            }
            return new Registration(view, false);
        });
    }

    @Override
    public synchronized CompletionStage<Boolean> remove(ChannelName channel, Reference task) {
        return answer(channel, () -> {
            requirePermitted(channel, task);
            CleanupView view = all(channel).get(task.id());
            if (view != null && view.status() == CleanupStatus.RUNNING) {
                throw Problem.of(ErrorCode.INVALID_STATE, COMPONENT, "It is being executed. Wait for its end.")
                        .asException();
            }
            return all(channel).remove(task.id()) != null;
        });
    }

    @Override
    public synchronized CompletionStage<List<CleanupView>> list(ChannelName channel) {
        return answer(channel, () -> List.copyOf(all(channel).values()));
    }

    @Override
    public synchronized CompletionStage<CleanupView> show(ChannelName channel, Reference task) {
        return answer(channel, () -> existing(channel, task));
    }

    @Override
    public synchronized CompletionStage<CleanupResult> execute(ChannelName channel, Reference task, Duration wait) {
        return answer(channel, () -> {
            CleanupView root = existing(channel, task);
            waits.add(wait);
            List<CleanupView> closure = new ArrayList<>();
            addBehindDependencies(channel, root, closure);
            return run(channel, root.task().name(), closure);
        });
    }

    @Override
    public synchronized CompletionStage<CleanupResult> executeAll(ChannelName channel, Duration wait) {
        return answer(channel, () -> {
            waits.add(wait);
            return run(channel, null, all(channel).values());
        });
    }

    @Override
    public synchronized CompletionStage<CleanupResult> ofJob(ChannelName channel, JobId job) {
        return answer(channel, () -> {
            CleanupResult result = behindJobs.get(job);
            if (result == null) {
                throw Problem.of(ErrorCode.NOT_FOUND, COMPONENT, "No cleanup behind job " + job + " is known.")
                        .asException();
            }
            return result;
        });
    }

    @Override
    public synchronized CompletionStage<RollbackResult> rollback(ChannelName channel, Reference task) {
        return answer(channel, () -> {
            CleanupView view = existing(channel, task);
            if (view.latest() == null) {
                return new RollbackResult(false, "It was never executed.");
            }
            all(channel).put(task.id(), with(view, CleanupStatus.ROLLED_BACK, view.latest()));
            return new RollbackResult(true, "");
        });
    }

    @Override
    public synchronized CompletionStage<ValidationReport> validate(ChannelName channel, Reference task) {
        return answer(channel, () -> {
            CleanupView view = all(channel).get(task.id());
            if (view == null) {
                throw unknown(task.id());
            }
            return new ValidationReport(task.id(), now(), guard.check(task, expected(channel, view)));
        });
    }

    @Override
    public synchronized CompletionStage<DependencyReport> validateDependencies(ChannelName channel, Reference task) {
        return answer(channel, () -> {
            CleanupView view = existing(channel, task);
            CleanupReference root = CleanupReference.local(view.task().name());
            List<DependencyReport.Edge> edges = view.task().dependsOn().stream()
                    .map(dependency -> new DependencyReport.Edge(root, dependency))
                    .toList();
            List<DependencyReport.Edge> missing = edges.stream()
                    .filter(edge ->
                            !all(channel).containsKey(edge.dependency().task().value()))
                    .toList();
            return new DependencyReport(
                    missing.isEmpty(), List.of(root), edges, missing, List.of(), List.of(), List.of());
        });
    }

    @Override
    public synchronized CompletionStage<CleanupMetrics> metrics(ChannelName channel, Reference task) {
        return answer(channel, () -> {
            CleanupView view = existing(channel, task);
            Duration latest = view.latest() == null ? null : view.latest().duration();
            return new CleanupMetrics(view.task().name(), latest == null ? 0 : 1, 0, 0, 0, latest, latest, latest);
        });
    }

    @Override
    public synchronized CompletionStage<Map<String, Double>> metrics(ChannelName channel) {
        return answer(channel, () -> Map.of("tasks", (double) all(channel).size(), "executions", (double) lastRun));
    }

    @Override
    public synchronized CompletionStage<List<CleanupRecord>> history(ChannelName channel, Reference task) {
        return answer(channel, () -> {
            CleanupView view = existing(channel, task);
            List<CleanupRecord> lines = new ArrayList<>();
            if (view.latest() != null) {
                lines.add(new CleanupRecord(
                        now(),
                        view.latest().run(),
                        null,
                        CleanupRecord.What.EXECUTION_ENDED,
                        NODE,
                        view.status().name()));
            }
            lines.add(new CleanupRecord(
                    view.registeredAt(), 0, view.task().name(), CleanupRecord.What.REGISTERED, NODE, ""));
            return lines;
        });
    }

    @Override
    public synchronized CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return answer(
                channel,
                () -> new IsolationReport(
                        channel, now(), all(channel).size() + breaches.size(), List.copyOf(breaches)));
    }

    private void addBehindDependencies(ChannelName channel, CleanupView task, List<CleanupView> closure) {
        for (CleanupReference dependency : task.task().dependsOn()) {
            CleanupView there = all(channel).get(dependency.task().value());
            if (dependency.isLocal() && there != null) {
                addBehindDependencies(channel, there, closure);
            }
        }
        closure.add(task);
    }

    private CleanupResult run(ChannelName channel, @Nullable CleanupName root, Collection<CleanupView> executed) {
        List<CleanupStep> steps = new ArrayList<>();
        boolean hasFailed = false;
        for (CleanupView task : executed) {
            steps.add(step(task.task(), hasFailed));
            hasFailed |= steps.getLast().status() == StepStatus.FAILED;
        }
        boolean isRunning = statusOfExecutions == CleanupStatus.RUNNING;
        CleanupStatus status = hasFailed && !isRunning ? CleanupStatus.COMPLETE_WITH_FAILURES : statusOfExecutions;
        CleanupResult result = new CleanupResult(
                ++lastRun,
                root,
                null,
                status,
                now(),
                isRunning ? null : now(),
                Duration.ofMillis(12),
                steps,
                root == null ? new Released(1, 2, 3, 4, 65_536, 0) : Released.NOTHING,
                isRunning ? null : true,
                List.of(),
                List.of());
        List.copyOf(executed)
                .forEach(task -> all(channel).put(task.task().name().value(), with(task, status, result)));
        return result;
    }

    private CleanupStep step(CleanupTask task, boolean isSkipped) {
        boolean isFailing = task.action() instanceof CleanupAction.Run(Work.Handler(var handler, var _))
                && handler.equals(FAILING_HANDLER);
        StepStatus status = isSkipped ? StepStatus.SKIPPED : isFailing ? StepStatus.FAILED : StepStatus.COMPLETE;
        Problem error = status == StepStatus.COMPLETE
                ? null
                : Problem.of(ErrorCode.INVALID_STATE, COMPONENT, "It did not clean up. Look at its action.");
        return isSkipped
                ? new CleanupStep(task.name(), status, 0, null, null, null, error)
                : new CleanupStep(task.name(), status, 1, NODE, now(), Duration.ofMillis(3), error);
    }

    private static CleanupView with(CleanupView view, CleanupStatus status, CleanupResult latest) {
        return new CleanupView(view.handle(), view.task(), status, view.registeredAt(), latest);
    }

    private CleanupView existing(ChannelName channel, Reference task) {
        CleanupView view = all(channel).get(task.id());
        guard.refusal(task, expected(channel, view)).ifPresent(problem -> {
            throw problem.asException();
        });
        if (view == null) {
            throw unknown(task.id());
        }
        return view;
    }

    private void requirePermitted(ChannelName channel, Reference task) {
        guard.forbidden(task, expected(channel, all(channel).get(task.id()))).ifPresent(problem -> {
            throw problem.asException();
        });
    }

    private Expectation expected(ChannelName channel, @Nullable CleanupView view) {
        return new Expectation(
                HandleType.CLEANUP,
                channel,
                1,
                view == null ? null : view.handle(),
                null,
                EnumSet.allOf(JobKind.class),
                new Expectation.Quota(0, 1),
                List.of());
    }

    private static RuntimeException unknown(String name) {
        return Problem.of(ErrorCode.NOT_FOUND, COMPONENT, "There is no cleanup task '" + name + "'.")
                .asException();
    }

    private static void requireSameBody(Channels.IdempotencyKey key, Remembered remembered) {
        if (!key.bodyHash().equals(remembered.bodyHash)) {
            throw Problem.invalid(
                            COMPONENT,
                            "The idempotency key was used with another request body.",
                            List.of(new Violation("Idempotency-Key", "was used with another body")))
                    .asException();
        }
    }

    private TreeMap<String, CleanupView> all(ChannelName channel) {
        return tasks.computeIfAbsent(channel, _ -> new TreeMap<>());
    }

    private <T> CompletionStage<T> answer(ChannelName channel, Supplier<T> answer) {
        try {
            requireExisting.accept(channel);
            return CompletableFuture.completedFuture(answer.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
