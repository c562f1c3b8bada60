package io.millrace.edge;

import io.millrace.api.v1.JsonText;
import io.millrace.channel.ChannelThreads;
import io.millrace.channel.Channels;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.handle.Expectation;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.contracts.work.JobKind;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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

/** Threads as the edge sees them, held in memory. Nothing runs: a thread ends when it is asked to, or a test says so. */
public final class InMemoryThreads implements ChannelThreads {
    private static final String NODE = "millrace@127.0.0.1:25520";
    private static final int SLOTS = 20;

    private final Consumer<ChannelName> requireExisting;
    private final BoundaryGuard guard = new BoundaryGuard(InMemoryLocks.SEALS);
    private final Map<ChannelName, TreeMap<String, ThreadView>> threads = new HashMap<>();
    private final Map<String, Remembered> keys = new HashMap<>();
    private final List<ThreadSpec> created = new ArrayList<>();
    private final List<Duration> graces = new ArrayList<>();
    private final List<IsolationReport.Breach> breaches = new ArrayList<>();
    private boolean willNotEnd;
    private int nextId = 1;

    private record Remembered(@Nullable String bodyHash, String thread) {}

    InMemoryThreads(Consumer<ChannelName> requireExisting) {
        this.requireExisting = requireExisting;
    }

    /** Threads as they were asked for, in that order. */
    public synchronized List<ThreadSpec> created() {
        return List.copyOf(created);
    }

    /** Graces as they were given, in that order. */
    public synchronized List<Duration> graces() {
        return List.copyOf(graces);
    }

    /** From now on no thread ends when it is asked to. */
    public synchronized void refuseToEnd() {
        willNotEnd = true;
    }

    /** Something that does not belong to the channel; found by the next check. */
    public synchronized void plant(IsolationReport.Breach breach) {
        breaches.add(breach);
    }

    /** A thread ends by itself. */
    public synchronized void end(ChannelName channel, String id, @Nullable Object result) {
        TreeMap<String, ThreadView> all = all(channel);
        all.put(id, ended(existing(channel, id), "SUCCEEDED", JsonText.plain(result), null));
    }

    /** A thread fails by itself. */
    public synchronized void fail(ChannelName channel, String id, Problem error) {
        all(channel).put(id, ended(existing(channel, id), "FAILED", null, error));
    }

    @Override
    public synchronized CompletionStage<CreatedThread> create(
            ChannelName channel, ThreadSpec thread, Channels.@Nullable IdempotencyKey key) {
        return answer(channel, () -> {
            Remembered remembered = key == null ? null : keys.get(key.key());
            if (key != null && remembered != null) {
                if (!key.bodyHash().equals(remembered.bodyHash)) {
                    throw Problem.invalid(
                                    "ThreadManager",
                                    "The idempotency key was used with another request body.",
                                    List.of(new Violation("Idempotency-Key", "was used with another body")))
                            .asException();
                }
                return new CreatedThread(existing(channel, remembered.thread), true);
            }
            created.add(thread);
            ThreadView view = registered(channel, thread);
            all(channel).put(view.handle().id(), view);
            if (key != null) {
                keys.put(key.key(), new Remembered(key.bodyHash(), view.handle().id()));
            }
            return new CreatedThread(view, false);
        });
    }

    @Override
    public synchronized CompletionStage<List<ThreadView>> list(ChannelName channel) {
        return answer(channel, () -> List.copyOf(all(channel).descendingMap().values()));
    }

    @Override
    public synchronized CompletionStage<ThreadView> show(ChannelName channel, Reference thread) {
        return answer(channel, () -> permitted(channel, thread));
    }

    @Override
    public synchronized CompletionStage<Termination> terminate(ChannelName channel, Reference thread, Duration grace) {
        return answer(channel, () -> {
            ThreadView view = permitted(channel, thread);
            graces.add(grace);
            if (willNotEnd) {
                all(channel).put(thread.id(), in(ThreadState.QUARANTINED, view, null, null, null, null));
                return new Termination(false, true, "It is still on thread " + view.name() + ".");
            }
            all(channel).put(thread.id(), ended(view, "CANCELLED", null, null));
            return new Termination(true, false, "It ended when it was asked to.");
        });
    }

    @Override
    public synchronized CompletionStage<ThreadMetrics> metrics(ChannelName channel, Reference thread) {
        return answer(channel, () -> {
            ThreadView view = permitted(channel, thread);
            return new ThreadMetrics(
                    Duration.ofNanos(1_250_000),
                    4_096,
                    Duration.ZERO,
                    Duration.ofMillis(30),
                    Duration.ofNanos(80_400),
                    Duration.ofSeconds(2),
                    1,
                    0,
                    view.createdAt(),
                    2,
                    1);
        });
    }

    @Override
    public synchronized CompletionStage<ValidationReport> validate(ChannelName channel, Reference thread) {
        return answer(channel, () -> {
            ThreadView view = existing(channel, thread.id());
            return new ValidationReport(thread.id(), now(), guard.check(thread, expected(channel, view)));
        });
    }

    @Override
    public synchronized CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return answer(
                channel,
                () -> new IsolationReport(
                        channel, now(), all(channel).size() + breaches.size(), List.copyOf(breaches)));
    }

    @Override
    public synchronized CompletionStage<Map<String, Double>> totals(ChannelName channel) {
        return answer(channel, () -> Map.of("live", (double) all(channel).size(), "queueWaitMeanMillis", 0.25));
    }

    private ThreadView permitted(ChannelName channel, Reference thread) {
        ThreadView view = all(channel).get(thread.id());
        guard.refusal(thread, expected(channel, view)).ifPresent(problem -> {
            throw problem.asException();
        });
        return existing(channel, thread.id());
    }

    private Expectation expected(ChannelName channel, @Nullable ThreadView view) {
        return new Expectation(
                HandleType.THREAD,
                channel,
                1,
                view == null ? null : view.handle(),
                view == null ? null : view.kind(),
                EnumSet.allOf(JobKind.class),
                new Expectation.Quota(all(channel).size(), SLOTS),
                List.of());
    }

    private ThreadView existing(ChannelName channel, String id) {
        ThreadView view = all(channel).get(id);
        if (view == null) {
            throw Problem.of(ErrorCode.NOT_FOUND, "ThreadManager", "There is no thread '" + id + "'.")
                    .asException();
        }
        return view;
    }

    private ThreadView registered(ChannelName channel, ThreadSpec thread) {
        Instant createdAt = now();
        String id = new JobId(createdAt.toEpochMilli() << 16, nextId++).toString();
        Handle handle = InMemoryLocks.SEALS.seal(HandleType.THREAD, id, channel, 1, NODE);
        return new ThreadView(
                handle,
                "millrace-" + channel + "-worker-1",
                ThreadState.RUNNING,
                thread.priority(),
                JobKind.HANDLER,
                thread.handler(),
                null,
                0,
                thread.stackBytes() == null ? 0 : thread.stackBytes(),
                thread.affinity(),
                createdAt,
                createdAt,
                null,
                null,
                null,
                null,
                List.of());
    }

    private static ThreadView ended(
            ThreadView view, String outcome, @Nullable String resultJson, @Nullable Problem error) {
        return in(ThreadState.ENDED, view, now(), outcome, resultJson, error);
    }

    private static ThreadView in(
            ThreadState state,
            ThreadView view,
            @Nullable Instant endedAt,
            @Nullable String outcome,
            @Nullable String resultJson,
            @Nullable Problem error) {
        return new ThreadView(
                view.handle(),
                view.name(),
                state,
                view.priority(),
                view.kind(),
                view.handler(),
                view.job(),
                view.attempt(),
                view.stackBytes(),
                view.affinity(),
                view.createdAt(),
                view.startedAt(),
                endedAt,
                outcome,
                resultJson,
                error,
                view.conditions());
    }

    private TreeMap<String, ThreadView> all(ChannelName channel) {
        return threads.computeIfAbsent(channel, _ -> new TreeMap<>());
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
