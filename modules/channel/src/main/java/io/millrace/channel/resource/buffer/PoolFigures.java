package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.resource.BufferTier;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How the memory of all pools is used at one moment.
 *
 * @param budgetBytes most that the pools may have from the system
 * @param tiers every tier, smallest first
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public record PoolFigures(long budgetBytes, Map<BufferTier, BufferFigures> tiers) {
    public PoolFigures {
        Map<BufferTier, BufferFigures> all = new EnumMap<>(BufferTier.class);
        for (BufferTier tier : BufferTier.values()) {
            all.put(tier, tiers.getOrDefault(tier, BufferFigures.NONE));
        }
        tiers = Collections.unmodifiableMap(all);
    }

    public BufferFigures of(BufferTier tier) {
        return tiers.getOrDefault(tier, BufferFigures.NONE);
    }

    /** The sum of all tiers. */
    public BufferFigures total() {
        return tiers.values().stream().reduce(BufferFigures.NONE, BufferFigures::plus);
    }
}
