package io.millrace.channel.resource.buffer;

import java.lang.foreign.MemorySegment;

/** The memory of one buffer; it outlives the grants it serves. */
final class Block {
    private final MemorySegment memory;
    private long returnNumber;
    private long idleSinceNanos;
    private boolean isSeenIdle;

    Block(MemorySegment memory) {
        this.memory = memory;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Overwrites what the last owner left and starts a new idle time; a higher number was returned later. */
    void returned(long number) {
        memory.fill((byte) 0);
        returnNumber = number;
        isSeenIdle = false;
    }

    long returnNumber() {
        return returnNumber;
    }

    void seenIdle(long nowNanos) {
        idleSinceNanos = nowNanos;
        isSeenIdle = true;
    }

    boolean isSeenIdle() {
        return isSeenIdle;
    }

    /** Whether so long has passed since it was seen idle, which it must have been. */
    boolean isIdleFor(long nanos, long nowNanos) {
        return nowNanos - idleSinceNanos >= nanos;
    }
}
