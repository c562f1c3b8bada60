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
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Reaches the thread managers of channels through cluster sharding. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ShardedThreads implements ChannelThreads {
    private final ChannelCalls calls;
    private final Function<ChannelName, CompletionStage<Boolean>> existing;

    /**
     * @param existing completes with a failure for a channel that does not exist, so that a wrong name wakes nothing
     */
    ShardedThreads(ChannelCalls calls, Function<ChannelName, CompletionStage<Boolean>> existing) {
        this.calls = calls;
        this.existing = existing;
    }

    @Override
    public CompletionStage<CreatedThread> create(
            ChannelName channel, ThreadSpec thread, Channels.@Nullable IdempotencyKey key) {
        return this.<ThreadManager.Created>ask(
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
        return this.<ThreadManager.Listed>ask(channel, ThreadManager.ListThreads::new)
                .thenApply(ThreadManager.Listed::threads);
    }

    @Override
    public CompletionStage<ThreadView> show(ChannelName channel, Reference thread) {
        return this.<ThreadManager.Shown>ask(channel, replyTo -> new ThreadManager.Show(thread, replyTo))
                .thenApply(ThreadManager.Shown::thread);
    }

    @Override
    public CompletionStage<Termination> terminate(ChannelName channel, Reference thread, Duration grace) {
        return this.<ThreadManager.TerminationEnded>ask(
                        channel,
                        replyTo -> new ThreadManager.Terminate(thread, grace.toMillis(), replyTo),
                        Limits.ASK_TIMEOUT.plus(grace))
                .thenApply(ThreadManager.TerminationEnded::termination);
    }

    @Override
    public CompletionStage<ThreadMetrics> metrics(ChannelName channel, Reference thread) {
        return this.<ThreadManager.Measured>ask(channel, replyTo -> new ThreadManager.Measure(thread, replyTo))
                .thenApply(ThreadManager.Measured::metrics);
    }

    @Override
    public CompletionStage<ValidationReport> validate(ChannelName channel, Reference thread) {
        return this.<ThreadManager.Validated>ask(channel, replyTo -> new ThreadManager.Validate(thread, replyTo))
                .thenApply(ThreadManager.Validated::report);
    }

    @Override
    public CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return this.<ThreadManager.IsolationVerified>ask(channel, ThreadManager.VerifyIsolation::new)
                .thenApply(ThreadManager.IsolationVerified::report);
    }

    @Override
    public CompletionStage<Map<String, Double>> totals(ChannelName channel) {
        return this.<ThreadManager.Totals>ask(channel, ThreadManager.ShowTotals::new)
                .thenCombine(
                        calls.<LockManager.Totals>askManager(
                                channel,
                                replyTo -> new Channel.AskLocks(new LockManager.ShowTotals(replyTo)),
                                Limits.ASK_TIMEOUT),
                        (threads, locks) -> {
                            Map<String, Double> all = new TreeMap<>(threads.values());
                            all.putAll(locks.values());
                            return all;
                        });
    }

    private <R extends ManagerReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ManagerReply>, ThreadManager.Request> request) {
        return ask(channel, request, Limits.ASK_TIMEOUT);
    }

    private <R extends ManagerReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ManagerReply>, ThreadManager.Request> request, Duration timeout) {
        return existing.apply(channel)
                .thenCompose(_ ->
                        calls.askManager(channel, replyTo -> new Channel.AskThreads(request.apply(replyTo)), timeout));
    }
}
