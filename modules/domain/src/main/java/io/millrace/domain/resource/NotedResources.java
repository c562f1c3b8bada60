package io.millrace.domain.resource;

import java.util.List;

/**
 * What an attempt had held for some time when that was noted last.
 *
 * @param atMillis wall-clock time in milliseconds since the epoch
 * @param resources by type, never empty
 */
public record NotedResources(long atMillis, List<NotedResource> resources) {
    public NotedResources {
        resources = List.copyOf(resources);
    }
}
