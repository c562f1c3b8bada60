package io.millrace.contracts.lock;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Locks of the channel, for a handler. Whatever an attempt holds is released when it ends, whatever way it ends.
 *
 * <p>A stage fails with {@link io.millrace.contracts.MillraceException}: {@code CONCURRENCY} if the wish breaks the order
 * of levels or closes a circle of waiting, with both locks and both holders in the detail; {@code RESOURCE_LIMIT} if too
 * many wait; {@code INVALID_STATE} once the attempt is over.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Locks {

    /** Leases of the locks the job declared, held since before this attempt began; for their fencing tokens. */
    List<Lease> declared();

    /** Completes once the lock is held, or with {@link LockAnswer.NotGranted} when the wait is over. */
    CompletionStage<LockAnswer> acquire(LockRequest request);

    /** Gives a lease back; false if it had ended already. */
    CompletionStage<Boolean> release(Lease lease);

    /**
     * Acquires a lock, runs {@code body} on the calling thread, and releases the lock in any case.
     *
     * <p>Unlike the other methods it waits: call it on a thread of the handler only.
     *
     * @throws io.millrace.contracts.MillraceException {@code TIMEOUT} if the lock was not granted in time, naming its
     *     holder; otherwise as {@link #acquire}
     * @throws InterruptedException if the attempt is stopped while it waits
     * @throws Exception what {@code body} throws
     */
    <R> R withLock(LockRequest request, Scoped<R> body) throws Exception;

    /** What is done while a lock is held. */
    @FunctionalInterface
    interface Scoped<R> {
        R run(Lease lease) throws Exception;
    }
}
