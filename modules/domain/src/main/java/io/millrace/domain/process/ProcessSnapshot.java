package io.millrace.domain.process;

import java.util.List;

/**
 * Everything a {@link ProcessBook} is made of, at one moment, immutable.
 *
 * @param processes in the order in which they were registered
 * @param keys that are remembered, in the order in which they were used
 */
public record ProcessSnapshot(List<ProcessEntry> processes, List<UsedKey> keys) {
    /** Of a channel that has no processes. */
    public static final ProcessSnapshot EMPTY = new ProcessSnapshot(List.of(), List.of());

    public ProcessSnapshot {
        processes = processes == null ? List.of() : List.copyOf(processes);
        keys = keys == null ? List.of() : List.copyOf(keys);
    }
}
