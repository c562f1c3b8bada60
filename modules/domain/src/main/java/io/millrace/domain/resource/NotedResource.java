package io.millrace.domain.resource;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resources of one type that an attempt has held for some time, as they are noted in the journal: the ledger is gone with
 * its node, and the note says what it had.
 *
 * @param tier absent unless they are buffers
 * @param count how many
 * @param amount of all of them, as users count it: bytes of buffers and memory, a count otherwise
 * @param ids of the first {@link io.millrace.domain.Limits#RESOURCES_NOTED_IDS_MAX} of them
 */
public record NotedResource(ResourceType type, @Nullable BufferTier tier, int count, long amount, List<String> ids) {
    public NotedResource {
        ids = ids == null ? List.of() : List.copyOf(ids);
    }
}
