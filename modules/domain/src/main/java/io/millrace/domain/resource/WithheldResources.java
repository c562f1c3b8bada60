package io.millrace.domain.resource;

import io.millrace.contracts.job.ResourceType;
import java.util.Collection;

/**
 * How much is withheld from its holders.
 *
 * @param bytes of it that are memory, as buffers or without
 */
public record WithheldResources(long resources, long bytes) {
    public static final WithheldResources NOTHING = new WithheldResources(0, 0);

    static WithheldResources of(Collection<LedgerEntry> entries) {
        return new WithheldResources(
                entries.size(),
                entries.stream()
                        .filter(entry -> isMemory(entry.part.type()))
                        .mapToLong(LedgerEntry::charged)
                        .sum());
    }

    private static boolean isMemory(ResourceType type) {
        return type == ResourceType.BUFFER || type == ResourceType.MEMORY;
    }

    public WithheldResources plus(WithheldResources other) {
        return new WithheldResources(resources + other.resources, bytes + other.bytes);
    }
}
