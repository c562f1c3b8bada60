package io.millrace.contracts.cleanup;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.handle.Handle;
import java.util.concurrent.CompletionStage;

/**
 * Cleanup tasks of the channel, for a handler. A registered task outlives the attempt; what has to happen when the attempt
 * ends belongs into the job's specification instead.
 *
 * <p>A stage fails with {@link io.millrace.contracts.MillraceException}: {@code ALREADY_EXISTS} for a name that is taken,
 * {@code INVALID_STATE} for dependencies that cannot be met or once the attempt is over, {@code NOT_FOUND} for a task that
 * does not exist, {@code RESOURCE_LIMIT} if the channel has as many tasks as it may.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Cleanups {

    /** Completes once the task is stored. Its dependencies need not exist yet. */
    CompletionStage<CleanupView> register(CleanupTask task);

    /** Removes a task; false if there was none. Fails with {@code INVALID_STATE} while it is being executed. */
    CompletionStage<Boolean> remove(Handle task);

    /**
     * Executes the task behind everything it depends on, or joins the execution it takes part in. Completes with the result
     * when that has ended, or after a minute with how far it is; it goes on behind that.
     */
    CompletionStage<CleanupResult> execute(Handle task);

    /** Takes the latest execution of the task back; one that goes on is stopped first. */
    CompletionStage<RollbackResult> rollback(Handle task);

    CompletionStage<CleanupView> show(Handle task);

    CompletionStage<DependencyReport> validateDependencies(Handle task);
}
