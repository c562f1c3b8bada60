package io.millrace.contracts.resource;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How one resource was used so far (contract row R-07).
 *
 * @param waited time between the wish and the grant
 * @param held time since the grant, until it was back
 * @param uses times its content was read or written by request; a handler's own accesses to its memory are not counted
 * @param bytesWritten by request
 * @param bytesRead by request
 * @param peakBytes most bytes its content ever had
 * @param lastUsed absent if it was never used
 */
public record ResourceUsage(
        Duration waited,
        Duration held,
        long uses,
        long bytesWritten,
        long bytesRead,
        long peakBytes,
        @Nullable Instant lastUsed) {}
