package io.millrace.channel.resource;

import io.millrace.contracts.job.ResourceType;
import java.util.EnumMap;
import java.util.Map;

/**
 * What all channels of a node may hold together (contract row R-26). A channel has limits of its own; whichever is reached
 * first holds.
 *
 * @param bufferBytes off-heap memory of buffers, in use and kept for reuse. Default 256 MB
 * @param memoryBytes memory that attempts declare
 * @param threads slots that are set aside
 * @param channels queues
 * @param files open files that attempts declare
 * @param processes processes of the operating system
 */
public record NodeLimits(long bufferBytes, long memoryBytes, long threads, long channels, long files, long processes) {

    /** As users count them: bytes for buffers and memory, counts otherwise. */
    public Map<ResourceType, Long> byType() {
        Map<ResourceType, Long> limits = new EnumMap<>(ResourceType.class);
        for (ResourceType type : ResourceType.values()) {
            limits.put(type, of(type));
        }
        return limits;
    }

    long of(ResourceType type) {
        return switch (type) {
            case BUFFER -> bufferBytes;
            case MEMORY -> memoryBytes;
            case THREADS -> threads;
            case CHANNELS -> channels;
            case FILES -> files;
            case PROCESSES -> processes;
        };
    }
}
