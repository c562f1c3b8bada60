package io.millrace.edge.sse;

import java.time.Duration;

/**
 * How a stream waits and tries again.
 *
 * @param heartbeat longest silence. Default 10 s, below the 15 s that the HTTP contract promises
 * @param poll how long one question for something new waits at the channel. Default 10 s
 * @param retry pause after a question that failed. Default 500 ms
 * @param outage how long a channel that cannot answer is asked again; past it the stream ends with an error. Default
 *     2 min, which covers a fail-over
 */
public record FollowTimes(Duration heartbeat, Duration poll, Duration retry, Duration outage) {
    public static final FollowTimes DEFAULT = new FollowTimes(
            Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofMillis(500), Duration.ofMinutes(2));
}
