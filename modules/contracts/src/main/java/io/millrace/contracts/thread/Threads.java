package io.millrace.contracts.thread;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.ValidationReport;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Further threads of the channel, for a handler. They count against the channel's slots like any other. A thread belongs
 * to the attempt that created it and is asked to end when that attempt ends.
 *
 * <p>A stage fails with {@link io.millrace.contracts.MillraceException}: {@code RESOURCE_LIMIT} if too many wait for a
 * slot, {@code INVALID_ARGUMENT} for an unknown handler, {@code PERMISSION} for a handle that is not genuine, {@code
 * INVALID_STATE} once the attempt is over.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Threads {

    /** Registers a thread; it starts as soon as the channel has a slot for it. */
    CompletionStage<Handle> create(ThreadSpec thread);

    /** The thread as it is now, or as it ended if that is not long ago. */
    CompletionStage<ThreadView> show(Handle thread);

    /** Completes once the thread has ended, with what it came to. Bounded by the attempt's own time limit. */
    CompletionStage<ThreadView> awaitEnd(Handle thread);

    /**
     * Asks a thread to end, then interrupts it, then gives up.
     *
     * @param grace time it has in all, 0 to 5 min
     */
    CompletionStage<Termination> terminate(Handle thread, Duration grace);

    CompletionStage<ThreadMetrics> metrics(Handle thread);

    CompletionStage<ValidationReport> validate(Handle thread);
}
