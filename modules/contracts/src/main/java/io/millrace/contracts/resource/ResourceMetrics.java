package io.millrace.contracts.resource;

import io.millrace.contracts.job.ResourceType;
import java.util.Map;

/**
 * Numbers of one type of resource in one channel, all taken at the same moment (contract rows R-10 and B-142).
 *
 * @param totals of the type: bytes for buffers and memory, counts otherwise
 * @param tiers the same per tier, in numbers of buffers; empty unless the type is {@code BUFFER}
 */
public record ResourceMetrics(ResourceType type, Totals totals, Map<BufferTier, Totals> tiers) {
    public ResourceMetrics {
        tiers = Map.copyOf(tiers);
    }

    /**
     * Available and in use together are the limit, except where a limit was lowered below what is in use.
     *
     * @param limit what the channel may hold
     * @param available what could be granted now
     * @param inUse what is held, including what is on its way back
     * @param peak most that was ever in use at once
     * @param waiters wishes that wait
     * @param granted resources granted so far
     * @param released resources that are back so far
     * @param refused wishes that were refused, given up or not granted in time so far
     * @param reuse share of granted buffers that had been used before, 0 to 1; 0 for everything else
     * @param fragmentation share of the limit's bytes that is neither in use nor can be granted at once, 0 to 1: what is on
     *     its way back (contract row R-20)
     * @param waste share of the bytes in use that nobody asked for, because a buffer is larger than needed, 0 to 1
     */
    public record Totals(
            long limit,
            long available,
            long inUse,
            long peak,
            int waiters,
            long granted,
            long released,
            long refused,
            double reuse,
            double fragmentation,
            double waste) {}
}
