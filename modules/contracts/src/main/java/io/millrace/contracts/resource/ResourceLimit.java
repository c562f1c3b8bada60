package io.millrace.contracts.resource;

import io.millrace.contracts.job.ResourceType;
import java.util.Map;

/**
 * How much of a type a channel may hold (contract row R-08). Whichever limit is reached first holds.
 *
 * @param limit of the channel: bytes for buffers and memory, counts otherwise
 * @param nodeLimit of the node, for all its channels together
 * @param inUse held in the channel now
 * @param tiers limits of the tiers as numbers of buffers; empty unless the type is {@code BUFFER}
 */
public record ResourceLimit(ResourceType type, long limit, long nodeLimit, long inUse, Map<BufferTier, Integer> tiers) {
    public ResourceLimit {
        tiers = Map.copyOf(tiers);
    }
}
