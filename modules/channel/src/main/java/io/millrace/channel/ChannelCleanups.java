package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way to the cleanup tasks of every channel of the cluster, from any node (HTTP contract, section 6). A task is named
 * by its handle, or by its name as the identifier of a {@link Reference}. A stage fails with
 * {@link io.millrace.contracts.MillraceException} only: {@code ALREADY_EXISTS} for a name that is taken, {@code NOT_FOUND}
 * for an unknown channel or task, {@code INVALID_STATE} for what cannot be done now, {@code PERMISSION} for a handle that
 * breaks a boundary.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface ChannelCleanups {

    /**
     * Completes once the task is stored.
     *
     * @param key as for a submitted job, absent if the caller gave none
     */
    CompletionStage<Registration> register(
            ChannelName channel, CleanupTask task, Channels.@Nullable IdempotencyKey key);

    /** Removes a task; false if there was none. Refused while an execution it takes part in goes on. */
    CompletionStage<Boolean> remove(ChannelName channel, Reference task);

    /** Every task, by name. */
    CompletionStage<List<CleanupView>> list(ChannelName channel);

    CompletionStage<CleanupView> show(ChannelName channel, Reference task);

    /**
     * Executes a task behind everything it depends on. Joins the execution that the task takes part in, if there is one.
     *
     * @param wait longest wait for the end; the execution goes on behind it, and the result says so
     */
    CompletionStage<CleanupResult> execute(ChannelName channel, Reference task, Duration wait);

    /** Executes every task of the channel and then gives everything back it holds, except its output. */
    CompletionStage<CleanupResult> executeAll(ChannelName channel, Duration wait);

    /**
     * The execution behind the latest attempt of a job whose specification declares tasks. Fails with {@code NOT_FOUND} if
     * there is none, or none that is kept.
     */
    CompletionStage<CleanupResult> ofJob(ChannelName channel, JobId job);

    /** Takes the latest execution of a task back; one that goes on is stopped first. */
    CompletionStage<RollbackResult> rollback(ChannelName channel, Reference task);

    /** Checks a handle, or the task of that name, against every boundary. A bad handle is reported, not refused. */
    CompletionStage<ValidationReport> validate(ChannelName channel, Reference task);

    CompletionStage<DependencyReport> validateDependencies(ChannelName channel, Reference task);

    CompletionStage<CleanupMetrics> metrics(ChannelName channel, Reference task);

    /** Numbers of the whole channel by name. */
    CompletionStage<Map<String, Double>> metrics(ChannelName channel);

    /** What happened to a task lately, newest first. */
    CompletionStage<List<CleanupRecord>> history(ChannelName channel, Reference task);

    /** Compares what the latest cleanups gave back with what the managers of the channel and the node really hold. */
    CompletionStage<IsolationReport> verifyIsolation(ChannelName channel);

    /** @param replayed true if the task was registered by an earlier request with the same key */
    record Registration(CleanupView task, boolean replayed) {}
}
