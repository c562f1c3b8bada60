package io.millrace.channel.handler.context;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.contracts.resource.Resources;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/** The resources of one attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerResources implements Resources {
    private final AttemptCalls<ResourceManager.Command> calls;
    private final AttemptId attempt;
    private final Declared declared;

    HandlerResources(ManagerCalls<ResourceManager.Command> calls, AttemptId attempt, Declared declared) {
        this.calls = new AttemptCalls<>(
                calls, "The attempt is over, so it has no resources any more. Use them before the handler returns.");
        this.attempt = attempt;
        this.declared = declared;
    }

    @Override
    public List<ResourceView> declared() {
        return declared.resources();
    }

    @Override
    public List<Buffer> declaredBuffers() {
        return declared.buffers();
    }

    @Override
    public CompletionStage<ResourceView> allocate(AllocationRequest request) {
        return calls.<ResourceManager.Allocated>ask(
                        replyTo -> new ResourceManager.Allocate(Owners.of(attempt), request, null, null, replyTo),
                        wait(request))
                .thenApply(ResourceManager.Allocated::resource);
    }

    @Override
    public CompletionStage<Buffer> allocateBuffer(AllocationRequest request) {
        return calls.send(open -> open.<ResourceManager.BufferAnswer>askFor(
                        replyTo -> new ResourceManager.AllocateBuffer(attempt, request, replyTo), wait(request))
                .thenApply(answer -> switch (answer) {
                    case ResourceManager.BufferGranted(var buffer) -> buffer;
                    case ResourceManager.BufferRefused(var problem) -> throw problem.asException();
                }));
    }

    private static Duration wait(AllocationRequest request) {
        Duration timeout = request.timeout();
        if (timeout == null) {
            return Duration.ZERO;
        }
        return timeout.compareTo(Limits.RESOURCE_WAIT_MAX) > 0 ? Limits.RESOURCE_WAIT_MAX : timeout;
    }

    @Override
    public CompletionStage<Boolean> release(Handle resource) {
        return calls.<ResourceManager.Released>ask(
                        replyTo -> new ResourceManager.Release(Reference.to(resource), replyTo), Duration.ZERO)
                .thenApply(ResourceManager.Released::wasHeld);
    }

    @Override
    public CompletionStage<ResourceUsage> usage(Handle resource) {
        return calls.<ResourceManager.Used>ask(
                        replyTo -> new ResourceManager.ShowUsage(Reference.to(resource), replyTo), Duration.ZERO)
                .thenApply(ResourceManager.Used::usage);
    }

    /** The release is sent without waiting for its answer, so nothing that happens to the thread can prevent it. */
    @Override
    public <R> R withBuffer(AllocationRequest request, Scoped<R> body) throws Exception {
        Buffer buffer = await(request);
        try {
            return body.run(buffer);
        } finally {
            var _ = release(buffer.handle());
        }
    }

    private Buffer await(AllocationRequest request) throws InterruptedException {
        CompletableFuture<Buffer> answer = allocateBuffer(request).toCompletableFuture();
        try {
            return answer.get();
        } catch (InterruptedException e) {
            // Nobody waits any more, so a buffer that comes now would be kept for nothing.
            var _ = answer.thenAccept(late -> {
                var _ = release(late.handle());
            });
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MillraceException refused) {
                throw refused.problem().asException();
            }
            throw new IllegalStateException("the resource manager could not be asked", e.getCause());
        }
    }

    /** Ends the attempt: from here on every call fails. */
    void close() {
        calls.close();
    }

    /** True if the attempt may hold something it did not declare. */
    boolean wereUsed() {
        return calls.wereUsed();
    }
}
