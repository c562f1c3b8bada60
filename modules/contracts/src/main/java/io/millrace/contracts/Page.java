package io.millrace.contracts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param items at most the page size asked for
 * @param nextPageToken opaque; asks for the following page, absent on the last one
 */
public record Page<T>(List<T> items, @Nullable String nextPageToken) {
    public Page {
        items = List.copyOf(items);
    }
}
