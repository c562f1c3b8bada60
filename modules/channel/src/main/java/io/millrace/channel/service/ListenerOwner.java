package io.millrace.channel.service;

import io.millrace.contracts.ThreadSafety;
import java.util.concurrent.atomic.AtomicBoolean;

/** The attempt that listeners belong to: they end with it. Each attempt has its own. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ListenerOwner {
    private final AtomicBoolean hasListeners = new AtomicBoolean();

    /** A listener is about to be added for it. */
    void adds() {
        hasListeners.set(true);
    }

    /** True if a listener may have been added for it. */
    boolean hasListeners() {
        return hasListeners.get();
    }
}
