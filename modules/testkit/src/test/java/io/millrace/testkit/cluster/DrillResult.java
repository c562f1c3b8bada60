package io.millrace.testkit.cluster;

import java.time.Duration;

/**
 * What one round of a drill has come to.
 *
 * @param what was measured; the smaller, the better
 * @param unit of the two numbers
 * @param bound that must not be exceeded
 */
record DrillResult(String what, String unit, double measured, double bound) {
    private static final double NANOS_PER_SECOND = 1e9;

    static DrillResult seconds(String what, Duration measured, Duration bound) {
        return new DrillResult(what, "s", measured.toNanos() / NANOS_PER_SECOND, bound.toNanos() / NANOS_PER_SECOND);
    }

    boolean isMet() {
        return measured <= bound;
    }
}
