package io.millrace.channel;

import io.millrace.channel.lock.LockManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Reaches the thread managers of channels through cluster sharding. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ShardedThreads implements ChannelThreads {
    private final RemoteManagers<ThreadManager.Request> managers;
    private final RemoteManagers<LockManager.Request> locks;

    ShardedThreads(RemoteManagers<ThreadManager.Request> managers, RemoteManagers<LockManager.Request> locks) {
        this.managers = managers;
        this.locks = locks;
    }

    @Override
    public CompletionStage<CreatedThread> create(
            ChannelName channel, ThreadSpec thread, Channels.@Nullable IdempotencyKey key) {
        return managers.<ThreadManager.Created>ask(
                        channel,
                        replyTo -> new ThreadManager.Create(
                                thread,
                                null,
                                key == null ? null : key.key(),
                                key == null ? null : key.bodyHash(),
                                replyTo))
                .thenApply(created -> new CreatedThread(created.thread(), created.isReplayed()));
    }

    @Override
    public CompletionStage<List<ThreadView>> list(ChannelName channel) {
        return managers.<ThreadManager.Listed>ask(channel, ThreadManager.ListThreads::new)
                .thenApply(ThreadManager.Listed::threads);
    }

    @Override
    public CompletionStage<ThreadView> show(ChannelName channel, Reference thread) {
        return managers.<ThreadManager.Shown>ask(channel, replyTo -> new ThreadManager.Show(thread, replyTo))
                .thenApply(ThreadManager.Shown::thread);
    }

    @Override
    public CompletionStage<Termination> terminate(ChannelName channel, Reference thread, Duration grace) {
        return managers.<ThreadManager.TerminationEnded>ask(
                        channel, replyTo -> new ThreadManager.Terminate(thread, grace.toMillis(), replyTo), grace)
                .thenApply(ThreadManager.TerminationEnded::termination);
    }

    @Override
    public CompletionStage<ThreadMetrics> metrics(ChannelName channel, Reference thread) {
        return managers.<ThreadManager.Measured>ask(channel, replyTo -> new ThreadManager.Measure(thread, replyTo))
                .thenApply(ThreadManager.Measured::metrics);
    }

    @Override
    public CompletionStage<ValidationReport> validate(ChannelName channel, Reference thread) {
        return managers.<ThreadManager.Validated>ask(channel, replyTo -> new ThreadManager.Validate(thread, replyTo))
                .thenApply(ThreadManager.Validated::report);
    }

    @Override
    public CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return managers.<ThreadManager.IsolationVerified>ask(channel, ThreadManager.VerifyIsolation::new)
                .thenApply(ThreadManager.IsolationVerified::report);
    }

    @Override
    public CompletionStage<Map<String, Double>> totals(ChannelName channel) {
        return managers.<ThreadManager.Totals>ask(channel, ThreadManager.ShowTotals::new)
                .thenCombine(locks.<LockManager.Totals>ask(channel, LockManager.ShowTotals::new), (threads, locks) -> {
                    Map<String, Double> all = new TreeMap<>(threads.values());
                    all.putAll(locks.values());
                    return all;
                });
    }
}
