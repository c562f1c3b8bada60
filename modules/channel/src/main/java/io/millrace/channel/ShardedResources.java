package io.millrace.channel;

import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Reaches the resource managers of channels through cluster sharding. The content of a buffer travels in parts of {@link
 * Limits#MESSAGE_BYTES_MAX}.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ShardedResources implements ChannelResources {
    private final RemoteManagers<ResourceManager.Request> managers;

    ShardedResources(RemoteManagers<ResourceManager.Request> managers) {
        this.managers = managers;
    }

    @Override
    public CompletionStage<Allocation> allocate(
            ChannelName channel, Owner owner, AllocationRequest request, Channels.@Nullable IdempotencyKey key) {
        Duration wait = request.timeout() == null ? Duration.ZERO : request.timeout();
        return managers.<ResourceManager.Allocated>ask(
                        channel,
                        replyTo -> new ResourceManager.Allocate(
                                owner,
                                request,
                                key == null ? null : key.key(),
                                key == null ? null : key.bodyHash(),
                                replyTo),
                        wait.compareTo(Limits.RESOURCE_WAIT_MAX) > 0 ? Limits.RESOURCE_WAIT_MAX : wait)
                .thenApply(allocated -> new Allocation(allocated.resource(), allocated.isReplayed()));
    }

    @Override
    public CompletionStage<Boolean> release(ChannelName channel, Reference resource) {
        return managers.<ResourceManager.Released>ask(
                        channel, replyTo -> new ResourceManager.Release(resource, replyTo))
                .thenApply(ResourceManager.Released::wasHeld);
    }

    @Override
    public CompletionStage<List<ResourceView>> list(ChannelName channel) {
        return ListInParts.all(
                offset -> managers.<ResourceManager.Listed>ask(
                                channel, replyTo -> new ResourceManager.ListResources(offset, replyTo))
                        .thenApply(part -> new ListInParts.Part<>(part.resources(), part.isLast())),
                view -> view.handle().id());
    }

    @Override
    public CompletionStage<ResourceView> show(ChannelName channel, Reference resource) {
        return managers.<ResourceManager.Shown>ask(channel, replyTo -> new ResourceManager.Show(resource, replyTo))
                .thenApply(ResourceManager.Shown::resource);
    }

    @Override
    public CompletionStage<ResourceUsage> usage(ChannelName channel, Reference resource) {
        return managers.<ResourceManager.Used>ask(channel, replyTo -> new ResourceManager.ShowUsage(resource, replyTo))
                .thenApply(ResourceManager.Used::usage);
    }

    @Override
    public CompletionStage<CleanupCheck> verifyCleanup(ChannelName channel, Reference resource) {
        return managers.<ResourceManager.CleanupVerified>ask(
                        channel, replyTo -> new ResourceManager.VerifyCleanup(resource, replyTo))
                .thenApply(ResourceManager.CleanupVerified::check);
    }

    @Override
    public CompletionStage<ValidationReport> validate(ChannelName channel, Reference resource) {
        return managers.<ResourceManager.Validated>ask(
                        channel, replyTo -> new ResourceManager.Validate(resource, replyTo))
                .thenApply(ResourceManager.Validated::report);
    }

    @Override
    public CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return managers.<ResourceManager.IsolationVerified>ask(
                        channel, ResourceManager.VerifyIsolation::new, Limits.MANAGER_ANSWER_MAX.multipliedBy(4))
                .thenApply(ResourceManager.IsolationVerified::report);
    }

    @Override
    public CompletionStage<List<ResourceLimit>> limits(ChannelName channel, Set<ResourceType> types) {
        return managers.<ResourceManager.Limited>ask(channel, ResourceManager.ShowLimits::new)
                .thenApply(limited -> limited.limits().stream()
                        .filter(limit -> types.contains(limit.type()))
                        .toList());
    }

    @Override
    public CompletionStage<List<ResourceMetrics>> metrics(ChannelName channel) {
        return managers.<ResourceManager.Metered>ask(channel, ResourceManager.ShowMetrics::new)
                .thenApply(ResourceManager.Metered::metrics);
    }

    @Override
    public CompletionStage<Void> write(ChannelName channel, Reference buffer, byte[] content) {
        return writeFrom(channel, buffer, content, 0);
    }

    private CompletionStage<Void> writeFrom(ChannelName channel, Reference buffer, byte[] content, int offset) {
        int end = Math.min(content.length, offset + Limits.MESSAGE_BYTES_MAX);
        byte[] part = Arrays.copyOfRange(content, offset, end);
        boolean isLast = end == content.length;
        return managers.<ResourceManager.Written>ask(
                        channel, replyTo -> new ResourceManager.Write(buffer, offset, part, isLast, replyTo))
                .thenCompose(_ -> isLast
                        ? CompletableFuture.<Void>completedStage(null)
                        : writeFrom(channel, buffer, content, end));
    }

    @Override
    public CompletionStage<byte[]> read(ChannelName channel, Reference buffer) {
        return readFrom(channel, buffer, new ByteArrayOutputStream());
    }

    private CompletionStage<byte[]> readFrom(ChannelName channel, Reference buffer, ByteArrayOutputStream read) {
        return managers.<ResourceManager.Content>ask(
                        channel, replyTo -> new ResourceManager.Read(buffer, read.size(), replyTo))
                .thenCompose(content -> {
                    read.writeBytes(content.part());
                    return content.part().length == 0 || read.size() >= content.length()
                            ? CompletableFuture.completedStage(read.toByteArray())
                            : readFrom(channel, buffer, read);
                });
    }
}
