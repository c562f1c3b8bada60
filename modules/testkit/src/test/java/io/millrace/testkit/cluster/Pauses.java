package io.millrace.testkit.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;

/** Time that passes because a drill is about it. */
final class Pauses {
    private static final Duration PRECISION = Duration.ofMillis(10);

    private Pauses() {}

    /** A length of time between these two. */
    static Duration between(Duration min, Duration max, RandomGenerator random) {
        return Duration.ofNanos(random.nextLong(min.toNanos(), max.toNanos()));
    }

    /** Returns when a point of the monotonic clock has passed. */
    static void until(long nanos) {
        long left = nanos - System.nanoTime();
        if (left > 0) {
            Awaitility.await("time to pass")
                    .pollDelay(PRECISION)
                    .pollInterval(PRECISION)
                    .atMost(Duration.ofNanos(left).plusSeconds(10))
                    .until(() -> System.nanoTime() - nanos >= 0);
        }
    }

    static void of(Duration length) {
        until(System.nanoTime() + length.toNanos());
    }
}
