package io.millrace.channel;

import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Reaches the lock managers of channels through cluster sharding. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ShardedLocks implements ChannelLocks {
    private final RemoteManagers<LockManager.Request> managers;

    ShardedLocks(RemoteManagers<LockManager.Request> managers) {
        this.managers = managers;
    }

    @Override
    public CompletionStage<LockAnswer> acquire(
            ChannelName channel, Owner owner, LockRequest request, @Nullable String requestKey) {
        Duration wait = request.timeout() == null ? Limits.LOCK_WAIT : request.timeout();
        return managers.<LockManager.Acquired>ask(
                        channel, replyTo -> new LockManager.Acquire(owner, request, requestKey, replyTo), wait)
                .thenApply(LockManager.Acquired::answer);
    }

    @Override
    public CompletionStage<Lease> renew(ChannelName channel, LockName lock, Handle lease) {
        return managers.<LockManager.Renewed>ask(channel, replyTo -> new LockManager.Renew(lock, lease, replyTo))
                .thenApply(LockManager.Renewed::lease);
    }

    @Override
    public CompletionStage<Boolean> release(ChannelName channel, LockName lock, Handle lease) {
        return managers.<LockManager.Released>ask(channel, replyTo -> new LockManager.Release(lock, lease, replyTo))
                .thenApply(LockManager.Released::wasHeld);
    }

    @Override
    public CompletionStage<List<LockView>> list(ChannelName channel) {
        return managers.<LockManager.Listed>ask(channel, LockManager.ListLocks::new)
                .thenApply(LockManager.Listed::locks);
    }

    @Override
    public CompletionStage<LockView> show(ChannelName channel, LockName lock) {
        return managers.<LockManager.Shown>ask(channel, replyTo -> new LockManager.Show(lock, replyTo))
                .thenApply(LockManager.Shown::lock);
    }

    @Override
    public CompletionStage<LockGraph> graph(ChannelName channel) {
        return managers.<LockManager.Graph>ask(channel, LockManager.ShowGraph::new)
                .thenApply(LockManager.Graph::graph);
    }

    @Override
    public CompletionStage<HierarchyReport> verifyHierarchy(ChannelName channel) {
        return managers.<LockManager.Hierarchy>ask(channel, LockManager.VerifyHierarchy::new)
                .thenApply(LockManager.Hierarchy::report);
    }
}
