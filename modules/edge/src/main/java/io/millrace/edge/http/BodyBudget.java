package io.millrace.edge.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory that all request bodies of a server may take together. A single body is bounded by its operation; this
 * keeps many large ones at the same time from filling the heap.
 */
final class BodyBudget {
    private final long bytesMax;
    private final AtomicLong bytesHeld = new AtomicLong();

    BodyBudget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Takes bytes out of the budget; false, and nothing is taken, if there are not so many left. */
    boolean reserve(long bytes) {
        if (bytesHeld.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        bytesHeld.addAndGet(-bytes);
        return false;
    }

    void release(long bytes) {
        bytesHeld.addAndGet(-bytes);
    }
}
