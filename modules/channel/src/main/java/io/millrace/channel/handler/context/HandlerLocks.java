package io.millrace.channel.handler.context;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.lock.Locks;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/** The locks of one attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerLocks implements Locks {
    private final AttemptCalls<LockManager.Command> calls;
    private final Owner owner;
    private final List<Lease> declared;

    HandlerLocks(ManagerCalls<LockManager.Command> calls, AttemptId attempt, List<Lease> declared) {
        this.calls = new AttemptCalls<>(
                calls, "The attempt is over, so it has no locks any more. Use them before the handler returns.");
        this.declared = List.copyOf(declared);
        this.owner = Owners.of(attempt);
    }

    @Override
    public List<Lease> declared() {
        return declared;
    }

    @Override
    public CompletionStage<LockAnswer> acquire(LockRequest request) {
        Duration wait = request.timeout() == null ? Limits.LOCK_WAIT : request.timeout();
        return calls.<LockManager.Acquired>ask(
                        replyTo -> new LockManager.Acquire(owner, request, null, replyTo),
                        wait.compareTo(Limits.LOCK_WAIT_MAX) > 0 ? Limits.LOCK_WAIT_MAX : wait)
                .thenApply(LockManager.Acquired::answer);
    }

    @Override
    public CompletionStage<Boolean> release(Lease lease) {
        return calls.<LockManager.Released>ask(
                        replyTo -> new LockManager.Release(lease.lock(), lease.handle(), replyTo), Duration.ZERO)
                .thenApply(LockManager.Released::wasHeld);
    }

    /** The release is sent without waiting for its answer, so nothing that happens to the thread can prevent it. */
    @Override
    public <R> R withLock(LockRequest request, Scoped<R> body) throws Exception {
        Lease lease = await(request);
        try {
            return body.run(lease);
        } finally {
            var _ = release(lease);
        }
    }

    private Lease await(LockRequest request) throws InterruptedException {
        CompletableFuture<LockAnswer> answer = acquire(request).toCompletableFuture();
        try {
            return switch (answer.get()) {
                case LockAnswer.Granted(var lease, var _) -> lease;
                case LockAnswer.NotGranted notGranted ->
                    throw notInTime(notGranted).asException();
            };
        } catch (InterruptedException e) {
            releaseIfGranted(answer);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MillraceException refused) {
                throw refused.problem().asException();
            }
            throw new IllegalStateException("the lock manager could not be asked", e.getCause());
        }
    }

    /** Nobody waits any more, so a lock that comes now would be kept for nothing. */
    private void releaseIfGranted(CompletionStage<LockAnswer> answer) {
        var _ = answer.thenAccept(late -> {
            if (late instanceof LockAnswer.Granted(var lease, var _)) {
                var _ = release(lease);
            }
        });
    }

    private static Problem notInTime(LockAnswer.NotGranted notGranted) {
        Owner holder = notGranted.holder();
        return Problem.of(
                ErrorCode.TIMEOUT,
                "LockManager",
                "The lock " + notGranted.lock() + " was not granted in time"
                        + (holder == null ? "" : "; it is held by " + holder + " since " + notGranted.heldSince())
                        + ". Wait longer, or try again later.",
                holder == null
                        ? Map.of("lock", notGranted.lock().value())
                        : Map.of("lock", notGranted.lock().value(), "holder", holder.name()));
    }

    /** Ends the attempt: from here on every call fails. */
    void close() {
        calls.close();
    }

    /** True if the attempt may hold a lock. */
    boolean wereUsed() {
        return calls.wereUsed();
    }
}
