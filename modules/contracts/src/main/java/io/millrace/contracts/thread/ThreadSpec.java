package io.millrace.contracts.thread;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A thread to create.
 *
 * @param handler name of the handler it runs
 * @param input the handler's input: a JSON value as plain Java
 * @param priority class in which it waits for a slot
 * @param stackBytes stack size, 64 KB to 64 MB, rounded up to a power of two; absent for the node's setting for its class
 * @param affinity processors it may use, from 0; empty for those of its channel
 */
public record ThreadSpec(
        String handler,
        @Nullable Object input,
        ThreadPriority priority,
        @Nullable Long stackBytes,
        List<Integer> affinity) {
    public ThreadSpec {
        affinity = List.copyOf(affinity);
    }

    /** A thread of class {@code PROCESSING} with the node's stack size and the channel's processors. */
    public static ThreadSpec of(String handler, @Nullable Object input) {
        return new ThreadSpec(handler, input, ThreadPriority.PROCESSING, null, List.of());
    }
}
