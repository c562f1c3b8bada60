package io.millrace.host.supervise;

import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is to be done at points of the monotonic clock, in order. Used by one thread. */
final class Deadlines {
    private final TreeSet<Deadline> deadlines = new TreeSet<>(Deadline.BY_TIME.thenComparingLong(Deadline::number));
    private long lastNumber;

    /**
     * One thing to do.
     *
     * @param atNanos on the clock of {@link System#nanoTime}
     * @param number tells apart what is to be done at the same time
     */
    record Deadline(long atNanos, long number, Runnable action) {
        /** Times are compared by their difference, as this clock may start anywhere. */
        private static final Comparator<Deadline> BY_TIME =
                (one, other) -> Long.compare(one.atNanos - other.atNanos, 0);
    }

    Deadline add(long atNanos, Runnable action) {
        var deadline = new Deadline(atNanos, ++lastNumber, action);
        deadlines.add(deadline);
        return deadline;
    }

    /** Does nothing for one that has passed, was cancelled or is absent. */
    void cancel(@Nullable Deadline deadline) {
        if (deadline != null) {
            deadlines.remove(deadline);
        }
    }

    /** Time until the next deadline in milliseconds, never too short for it; -1 if there is none. */
    int millisToNext(long nowNanos) {
        if (deadlines.isEmpty()) {
            return -1;
        }
        long nanos = Math.max(0, deadlines.first().atNanos - nowNanos);
        return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(nanos, 1_000_000L));
    }

    /** Takes out what is due, absent if nothing is. */
    @Nullable Runnable takeDue(long nowNanos) {
        if (deadlines.isEmpty() || deadlines.first().atNanos - nowNanos > 0) {
            return null;
        }
        return deadlines.removeFirst().action;
    }
}
