package io.millrace.contracts.resource;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.handle.Handle;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Resources of the channel, for a handler. Whatever an attempt holds goes back when it ends, whatever way it ends.
 *
 * <p>A stage fails with {@link io.millrace.contracts.MillraceException}: {@code RESOURCE_LIMIT} with type, size, limit and
 * use if there is not enough; {@code TIMEOUT} if there was not enough in time; {@code INVALID_ARGUMENT} for a size that no
 * resource has; {@code INVALID_STATE} once the attempt is over.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Resources {

    /** What the job declared, held since before this attempt began. */
    List<ResourceView> declared();

    /** The declared buffers, in the order in which they were declared. */
    List<Buffer> declaredBuffers();

    /** Completes once the resource is granted. For a buffer whose bytes are wanted use {@link #allocateBuffer}. */
    CompletionStage<ResourceView> allocate(AllocationRequest request);

    /** Completes once a buffer of at least {@code request.size()} bytes is granted; its type must be {@code BUFFER}. */
    CompletionStage<Buffer> allocateBuffer(AllocationRequest request);

    /** Gives a resource back; false if it was back already. The memory of a buffer must not be in use at that moment. */
    CompletionStage<Boolean> release(Handle resource);

    CompletionStage<ResourceUsage> usage(Handle resource);

    /**
     * Allocates a buffer, runs {@code body} on the calling thread, and gives the buffer back in any case.
     *
     * <p>Unlike the other methods it waits: call it on a thread of the handler only.
     *
     * @throws io.millrace.contracts.MillraceException as {@link #allocateBuffer}
     * @throws InterruptedException if the attempt is stopped while it waits
     * @throws Exception what {@code body} throws
     */
    <R> R withBuffer(AllocationRequest request, Scoped<R> body) throws Exception;

    /** What is done while a buffer is held. */
    @FunctionalInterface
    interface Scoped<R> {
        R run(Buffer buffer) throws Exception;
    }
}
