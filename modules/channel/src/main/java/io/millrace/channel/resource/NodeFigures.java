package io.millrace.channel.resource;

import io.millrace.channel.resource.buffer.PoolFigures;
import io.millrace.contracts.job.ResourceType;
import java.util.EnumMap;
import java.util.Map;

/**
 * What is in use on a node at one moment.
 *
 * @param limits as users count them
 * @param inUse as users count them; buffers with the whole size of their tier
 * @param waiters wishes that wait for the node
 * @param buffers the memory of the buffers
 */
public record NodeFigures(
        Map<ResourceType, Long> limits, Map<ResourceType, Long> inUse, int waiters, PoolFigures buffers) {
    public NodeFigures {
        limits = Map.copyOf(limits);
        inUse = Map.copyOf(inUse);
    }

    static NodeFigures of(NodeAccounts<?> accounts, int waiters) {
        Map<ResourceType, Long> limits = new EnumMap<>(ResourceType.class);
        Map<ResourceType, Long> inUse = new EnumMap<>(ResourceType.class);
        for (ResourceType type : ResourceType.values()) {
            limits.put(type, accounts.limit(type));
            inUse.put(type, accounts.inUse(type));
        }
        return new NodeFigures(limits, inUse, waiters, accounts.pools().figures());
    }
}
