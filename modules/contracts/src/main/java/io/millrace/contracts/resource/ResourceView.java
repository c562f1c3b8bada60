package io.millrace.contracts.resource;

import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A resource as it is at one moment (HTTP contract, section 5; contract row B-141).
 *
 * @param amount what is charged: bytes of the buffer or of memory, a count otherwise
 * @param requested what was asked for; less than {@code amount} for a buffer that is larger than needed
 * @param tier absent unless it is a buffer
 * @param acquired when it was granted, absent before
 * @param expiresAt when it is taken back, absent if it has no time to live
 * @param released when it was back, absent before
 * @param reason why it went back, absent before
 * @param history states it was in, the first one first
 */
public record ResourceView(
        Handle handle,
        ResourceType type,
        long amount,
        long requested,
        @Nullable BufferTier tier,
        ResourceState state,
        Owner owner,
        @Nullable Instant acquired,
        @Nullable Instant expiresAt,
        @Nullable Instant released,
        @Nullable ReleaseReason reason,
        List<Step> history) {
    public ResourceView {
        history = List.copyOf(history);
    }

    /** When a state was entered. */
    public record Step(ResourceState state, Instant at) {}
}
