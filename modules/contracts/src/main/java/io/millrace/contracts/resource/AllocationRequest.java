package io.millrace.contracts.resource;

import io.millrace.contracts.job.ResourceType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A wish for a resource.
 *
 * @param size bytes for {@code BUFFER} and {@code MEMORY}, a count otherwise; at least 1. A buffer is the smallest that is
 *     large enough, and has 1 MiB at most
 * @param timeout longest wait, 0 to 5 min; absent or 0: granted at once or refused
 * @param ttl time after which it is taken back, 1 s to 24 h; absent: when its owner gives it back or ends
 */
public record AllocationRequest(
        ResourceType type,
        long size,
        @Nullable Duration timeout,
        @Nullable Duration ttl) {

    /** A wish that is granted at once or refused, and lasts until it is given back. */
    public static AllocationRequest of(ResourceType type, long size) {
        return new AllocationRequest(type, size, null, null);
    }
}
