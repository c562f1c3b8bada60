package io.millrace.domain.lock;

import java.util.Comparator;

/** Something that ends by itself unless it ends before. */
abstract sealed class Timed permits Holding, Waiter {
    static final Comparator<Timed> EARLIEST_FIRST =
            Comparator.<Timed>comparingLong(timed -> timed.endsNanos).thenComparingLong(timed -> timed.turn);

    long endsNanos;
    final long turn;

    Timed(long endsNanos, long turn) {
        this.endsNanos = endsNanos;
        this.turn = turn;
    }
}
