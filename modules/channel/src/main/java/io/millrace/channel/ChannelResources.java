package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
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
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way to the resources of every channel of the cluster, from any node (HTTP contract, section 5). A stage fails with
 * {@link io.millrace.contracts.MillraceException} only: {@code RESOURCE_LIMIT} if there is not enough, {@code TIMEOUT} if
 * there was not enough in time, {@code NOT_FOUND} for an unknown channel or resource, {@code PERMISSION} for a handle that
 * breaks a boundary.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface ChannelResources {

    /**
     * Completes once the resource is granted. It belongs to its owner until it is given back, its time to live is over, or
     * the channel's life ends, which is when the node that owns the channel is lost.
     *
     * @param key as for a submitted job, absent if the caller gave none
     */
    CompletionStage<Allocation> allocate(
            ChannelName channel, Owner owner, AllocationRequest request, Channels.@Nullable IdempotencyKey key);

    /** Gives a resource back: true once. False, and nothing is changed, if the channel has or had no such resource. */
    CompletionStage<Boolean> release(ChannelName channel, Reference resource);

    /** Resources that are held or waited for and those that went back lately, newest first. */
    CompletionStage<List<ResourceView>> list(ChannelName channel);

    CompletionStage<ResourceView> show(ChannelName channel, Reference resource);

    CompletionStage<ResourceUsage> usage(ChannelName channel, Reference resource);

    CompletionStage<CleanupCheck> verifyCleanup(ChannelName channel, Reference resource);

    /** Checks a handle, or the resource of that identifier, against every boundary. A bad handle is reported, not refused. */
    CompletionStage<ValidationReport> validate(ChannelName channel, Reference resource);

    /** Compares the ledger with the real buffers, files and processes of the channel. */
    CompletionStage<IsolationReport> verifyIsolation(ChannelName channel);

    /** Limits of these types, in the order of {@link ResourceType}. */
    CompletionStage<List<ResourceLimit>> limits(ChannelName channel, Set<ResourceType> types);

    /** Numbers of every type, in the order of {@link ResourceType}. */
    CompletionStage<List<ResourceMetrics>> metrics(ChannelName channel);

    /**
     * Replaces the content of a buffer; what is behind it becomes zeros. It is written in parts, so a reader at the same
     * time may see some of the new and some of the old.
     *
     * @param content at most as many bytes as the buffer has; more is refused with {@code INVALID_ARGUMENT}
     */
    CompletionStage<Void> write(ChannelName channel, Reference buffer, byte[] content);

    /** What was written last; the bytes up to the requested size if nothing was. */
    CompletionStage<byte[]> read(ChannelName channel, Reference buffer);

    /** @param replayed true if the resource was granted to an earlier request with the same key */
    record Allocation(ResourceView resource, boolean replayed) {}
}
