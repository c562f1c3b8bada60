package io.millrace.channel.handler.context;

import io.millrace.contracts.ThreadSafety;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Keeps the end of an attempt from crossing requests of its other threads: one that reached a manager behind the release
 * of everything would be granted to nobody. So the end waits for requests that are being sent, which takes no longer than
 * putting a message into a mailbox, and none follows.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class SendingGate {
    private static final int CLOSED = 1 << 30;

    /** Requests that are being sent now, and {@link #CLOSED} once none may follow. */
    private final AtomicInteger sending = new AtomicInteger();

    private volatile boolean wasUsed;

    /** Sends a request, or returns {@code otherwise} if the attempt is over. */
    <T> T send(Supplier<T> request, Supplier<T> otherwise) {
        if (sending.getAndUpdate(count -> count >= CLOSED ? count : count + 1) >= CLOSED) {
            return otherwise.get();
        }
        wasUsed = true;
        try {
            return request.get();
        } finally {
            sending.decrementAndGet();
        }
    }

    /** Ends the attempt: from here on nothing is sent, and what was sent before is on its way. */
    void close() {
        sending.getAndUpdate(count -> count | CLOSED);
        while (sending.get() != CLOSED) {
            Thread.onSpinWait();
        }
    }

    /** True if anything was sent. */
    boolean wasUsed() {
        return wasUsed;
    }
}
