package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.RemoteTask;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reaches the cleanup managers of channels through cluster sharding. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ShardedCleanups implements ChannelCleanups {
    private final RemoteManagers<CleanupManager.Request> managers;

    ShardedCleanups(RemoteManagers<CleanupManager.Request> managers) {
        this.managers = managers;
    }

    @Override
    public CompletionStage<Registration> register(
            ChannelName channel, CleanupTask task, Channels.@Nullable IdempotencyKey key) {
        return managers.<CleanupManager.Registered>ask(
                        channel,
                        replyTo -> new CleanupManager.Register(
                                task, key == null ? null : key.key(), key == null ? null : key.bodyHash(), replyTo))
                .thenApply(registered -> new Registration(registered.task(), registered.isReplayed()));
    }

    @Override
    public CompletionStage<Boolean> remove(ChannelName channel, Reference task) {
        return managers.<CleanupManager.Removed>ask(channel, replyTo -> new CleanupManager.Remove(task, replyTo))
                .thenApply(CleanupManager.Removed::wasThere);
    }

    @Override
    public CompletionStage<List<CleanupView>> list(ChannelName channel) {
        return ListInParts.all(
                offset -> managers.<CleanupManager.Listed>ask(
                                channel, replyTo -> new CleanupManager.ListTasks(offset, replyTo))
                        .thenApply(part -> new ListInParts.Part<>(part.tasks(), part.isLast())),
                view -> view.handle().id());
    }

    @Override
    public CompletionStage<CleanupView> show(ChannelName channel, Reference task) {
        return managers.<CleanupManager.Shown>ask(channel, replyTo -> new CleanupManager.Show(task, replyTo))
                .thenApply(CleanupManager.Shown::task);
    }

    @Override
    public CompletionStage<CleanupResult> execute(ChannelName channel, Reference task, Duration wait) {
        Duration bounded = bounded(wait);
        return managers.<CleanupManager.Executed>ask(
                        channel,
                        replyTo -> new CleanupManager.Execute(task, bounded.toMillis(), replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX.plus(bounded))
                .thenApply(CleanupManager.Executed::result);
    }

    @Override
    public CompletionStage<CleanupResult> executeAll(ChannelName channel, Duration wait) {
        Duration bounded = bounded(wait);
        return managers.<CleanupManager.Executed>ask(
                        channel,
                        replyTo -> new CleanupManager.ExecuteAll(bounded.toMillis(), replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX.plus(bounded))
                .thenApply(CleanupManager.Executed::result);
    }

    @Override
    public CompletionStage<CleanupResult> ofJob(ChannelName channel, JobId job) {
        return managers.<CleanupManager.Executed>ask(channel, replyTo -> new CleanupManager.ShowOfJob(job, replyTo))
                .thenApply(CleanupManager.Executed::result);
    }

    @Override
    public CompletionStage<RollbackResult> rollback(ChannelName channel, Reference task) {
        return managers.<CleanupManager.RolledBack>ask(
                        channel,
                        replyTo -> new CleanupManager.Rollback(task, replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX.plus(Limits.CLEANUP_WAIT_MAX))
                .thenApply(CleanupManager.RolledBack::result);
    }

    @Override
    public CompletionStage<ValidationReport> validate(ChannelName channel, Reference task) {
        return managers.<CleanupManager.Validated>ask(channel, replyTo -> new CleanupManager.Validate(task, replyTo))
                .thenApply(CleanupManager.Validated::report);
    }

    @Override
    public CompletionStage<DependencyReport> validateDependencies(ChannelName channel, Reference task) {
        return managers.<CleanupManager.Dependencies>ask(
                        channel,
                        replyTo -> new CleanupManager.ValidateDependencies(task, replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX)
                .thenApply(CleanupManager.Dependencies::report);
    }

    @Override
    public CompletionStage<CleanupMetrics> metrics(ChannelName channel, Reference task) {
        return managers.<CleanupManager.Measured>ask(channel, replyTo -> new CleanupManager.ShowMetrics(task, replyTo))
                .thenApply(CleanupManager.Measured::metrics);
    }

    @Override
    public CompletionStage<Map<String, Double>> metrics(ChannelName channel) {
        return managers.<CleanupManager.Totals>ask(channel, CleanupManager.ShowTotals::new)
                .thenApply(CleanupManager.Totals::values);
    }

    @Override
    public CompletionStage<List<CleanupRecord>> history(ChannelName channel, Reference task) {
        return managers.<CleanupManager.History>ask(channel, replyTo -> new CleanupManager.ShowHistory(task, replyTo))
                .thenApply(CleanupManager.History::records);
    }

    @Override
    public CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return managers.<CleanupManager.IsolationVerified>ask(
                        channel, CleanupManager.VerifyIsolation::new, Limits.CLEANUP_INQUIRIES_MAX)
                .thenApply(CleanupManager.IsolationVerified::report);
    }

    /** What a channel tells others of its tasks: those of them that exist. */
    CompletionStage<Map<CleanupName, RemoteTask>> describe(ChannelName channel, Set<CleanupName> tasks) {
        return managers.<CleanupManager.Described>ask(
                        channel, replyTo -> new CleanupManager.Describe(List.copyOf(tasks), replyTo))
                .thenApply(described -> described.tasks().stream()
                        .collect(Collectors.toMap(
                                CleanupManager.Description::name, CleanupManager.Description::asRemote)));
    }

    private static Duration bounded(Duration wait) {
        return wait.compareTo(Limits.CLEANUP_WAIT_MAX) > 0 ? Limits.CLEANUP_WAIT_MAX : wait;
    }
}
