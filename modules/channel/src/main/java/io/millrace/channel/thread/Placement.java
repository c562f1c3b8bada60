package io.millrace.channel.thread;

import io.millrace.contracts.thread.ThreadPriority;
import java.util.List;

/**
 * How an attempt or thread runs.
 *
 * @param stackBytes of its thread, 0 for the virtual machine's default
 * @param affinity processors it may use, empty for all
 */
record Placement(ThreadPriority priority, long stackBytes, List<Integer> affinity) {
    Placement {
        affinity = List.copyOf(affinity);
    }

    /** What the virtual machine calls its class. Most systems ignore it; a thread dump shows it. */
    int javaPriority() {
        return switch (priority) {
            case SYSTEM -> Thread.NORM_PRIORITY + 2;
            case PROCESSING -> Thread.NORM_PRIORITY;
            case MONITORING -> Thread.NORM_PRIORITY - 2;
        };
    }
}
