package io.millrace.channel.thread;

import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.domain.Limits;

/**
 * Stack sizes of a node's handler threads by class (contract row T-28), in bytes. 0 leaves the choice to the virtual
 * machine; anything else lies between {@link Limits#STACK_BYTES_MIN} and {@link Limits#STACK_BYTES_MAX} and is rounded up
 * to a power of two, so that threads of few sizes serve all wishes.
 */
public record StackSizes(long system, long processing, long monitoring) {
    /** What the virtual machine gives every thread. */
    public static final StackSizes DEFAULT = new StackSizes(0, 0, 0);

    public StackSizes {
        system = rounded(system);
        processing = rounded(processing);
        monitoring = rounded(monitoring);
    }

    long of(ThreadPriority priority) {
        return switch (priority) {
            case SYSTEM -> system;
            case PROCESSING -> processing;
            case MONITORING -> monitoring;
        };
    }

    /** True for a size that a thread can have. */
    public static boolean isPossible(long bytes) {
        return bytes >= Limits.STACK_BYTES_MIN && bytes <= Limits.STACK_BYTES_MAX;
    }

    static long rounded(long bytes) {
        long lower = Long.highestOneBit(bytes);
        return lower == bytes ? bytes : lower << 1;
    }
}
