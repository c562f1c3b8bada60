package io.millrace.domain;

import java.time.Instant;

/**
 * One moment on two clocks.
 *
 * @param nanos of the monotonic clock of the node, for everything that ends
 * @param millis of the wall clock, for people
 */
public record Moment(long nanos, long millis) {

    /** This moment on the wall clock. */
    public Instant instant() {
        return Instant.ofEpochMilli(millis);
    }

    /** The wall-clock time of another moment of the monotonic clock. */
    public Instant instantOf(long otherNanos) {
        return Instant.ofEpochMilli(millis).plusNanos(otherNanos - nanos);
    }
}
