package io.millrace.domain.resource;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceMetrics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers of a ledger at one moment.
 *
 * @param metrics in the order of {@link ResourceType}
 */
public record LedgerFigures(List<ResourceMetrics> metrics) {
    public LedgerFigures {
        metrics = List.copyOf(metrics);
    }

    public ResourceMetrics of(ResourceType type) {
        return metrics.get(type.ordinal());
    }

    /** @param nodeLimits as users count them */
    public List<ResourceLimit> limits(Map<ResourceType, Long> nodeLimits) {
        return metrics.stream()
                .map(type -> new ResourceLimit(
                        type.type(),
                        type.totals().limit(),
                        nodeLimits.getOrDefault(type.type(), Long.MAX_VALUE),
                        type.totals().inUse(),
                        tiers(type)))
                .toList();
    }

    private static Map<BufferTier, Integer> tiers(ResourceMetrics metrics) {
        Map<BufferTier, Integer> tiers = new EnumMap<>(BufferTier.class);
        metrics.tiers().forEach((tier, totals) -> tiers.put(tier, Math.toIntExact(totals.limit())));
        return tiers;
    }
}
