package io.millrace.domain.resource;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Adds up entries of a ledger by type, and buffers by tier. */
final class HeldSums {
    private final Map<Kind, Sum> sums = new LinkedHashMap<>();

    private record Kind(ResourceType type, @Nullable BufferTier tier) {}

    private static final class Sum {
        int count;
        long amount;
        final List<String> ids = new ArrayList<>();
    }

    private HeldSums() {}

    /** In the order in which the first of each kind was wished for. */
    static List<NotedResource> summed(Collection<LedgerEntry> entries) {
        HeldSums held = new HeldSums();
        entries.forEach(held::add);
        List<NotedResource> resources = new ArrayList<>(held.sums.size());
        held.sums.forEach(
                (kind, sum) -> resources.add(new NotedResource(kind.type, kind.tier, sum.count, sum.amount, sum.ids)));
        return resources;
    }

    private void add(LedgerEntry entry) {
        Kind kind = new Kind(entry.part.type(), entry.account.tier());
        Sum sum = sums.computeIfAbsent(kind, _ -> new Sum());
        sum.count++;
        sum.amount += entry.charged();
        if (sum.ids.size() < Limits.RESOURCES_NOTED_IDS_MAX) {
            sum.ids.add(entry.id());
        }
    }
}
