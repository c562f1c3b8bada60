package io.millrace.channel.service;

import io.millrace.contracts.ThreadSafety;
import java.util.concurrent.atomic.LongAdder;

/** What became of lines on their way to listeners, over all listeners of a channel since it began its life. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ListenerCounters {
    private final LongAdder linesDropped = new LongAdder();
    private final LongAdder failures = new LongAdder();

    void lineDropped() {
        linesDropped.increment();
    }

    void listenerFailed() {
        failures.increment();
    }

    /** Lines that were not handed over because their listener was too slow. */
    long linesDropped() {
        return linesDropped.sum();
    }

    /** Calls of listeners that threw something. */
    long failures() {
        return failures.sum();
    }
}
