package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.lock.LockView;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way to the locks of every channel of the cluster, from any node (HTTP contract, section 4). A stage fails with
 * {@link io.millrace.contracts.MillraceException} only: {@code CONCURRENCY} if the order of levels or a circle of waiting
 * forbids a grant, {@code PERMISSION} for a handle that breaks a boundary, {@code RESOURCE_LIMIT} if too many hold or wait.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface ChannelLocks {

    /**
     * Completes once the lock is held and that is durable, or when the wait is over.
     *
     * @param requestKey a second request with the same key, owner and lock is given the lease of the first while it lasts,
     *     so that a lost answer costs nothing; absent if the caller gave none
     */
    CompletionStage<LockAnswer> acquire(
            ChannelName channel, Owner owner, LockRequest request, @Nullable String requestKey);

    /** Starts the lease's time to live anew. */
    CompletionStage<Lease> renew(ChannelName channel, LockName lock, Handle lease);

    /** Gives a lease back; false, and nothing is changed, if it is not or no longer held. */
    CompletionStage<Boolean> release(ChannelName channel, LockName lock, Handle lease);

    /** Locks that are held or waited for, by name. */
    CompletionStage<List<LockView>> list(ChannelName channel);

    /** The lock; one that nobody holds or waits for is shown as free. */
    CompletionStage<LockView> show(ChannelName channel, LockName lock);

    CompletionStage<LockGraph> graph(ChannelName channel);

    CompletionStage<HierarchyReport> verifyHierarchy(ChannelName channel);
}
