package io.millrace.edge.http;

import io.millrace.api.v1.RequestLimits;
import io.millrace.edge.sse.FollowTimes;
import java.time.Duration;
import java.util.Set;

/**
 * Where a server listens and what it bounds (HTTP contract, sections 1 and 10).
 *
 * @param host address to bind; requests must name it, a loopback name, or one of {@code allowedHosts} as their host
 * @param port port to bind, 0 for a free one
 * @param allowedHosts further host names requests may use, without port, lower case
 * @param allowedOrigins origins of browser pages that may call, for example {@code https://console.example.org}; the
 *     server's own pages always may
 * @param connectionsMax open connections; one more is answered with 503 and closed. Default 1,024
 * @param bodyBytesHeldMax bytes of request bodies that may be in memory at once, small ones excepted; a request that needs
 *     more is answered with 503. Default an eighth of the heap, at least the largest body there may be
 * @param times how long a connection may take for what
 * @param follow how a stream waits and tries again
 */
public record HttpSettings(
        String host,
        int port,
        Set<String> allowedHosts,
        Set<String> allowedOrigins,
        int connectionsMax,
        long bodyBytesHeldMax,
        Times times,
        FollowTimes follow) {
    /** A body takes up to four times its size while it is read; half of the heap is for everything else. */
    private static final int HEAP_PARTS = 8;

    public HttpSettings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the port must be between 0 and 65535, not " + port);
        }
        if (connectionsMax < 1) {
            throw new IllegalArgumentException("connectionsMax must be at least 1, not " + connectionsMax);
        }
        allowedHosts = Set.copyOf(allowedHosts);
        allowedOrigins = Set.copyOf(allowedOrigins);
    }

    /** All defaults. */
    public static HttpSettings at(String host, int port) {
        return new HttpSettings(
                host, port, Set.of(), Set.of(), 1_024, bodyBytesHeldMaxDefault(), Times.DEFAULT, FollowTimes.DEFAULT);
    }

    /**
     * How long a connection may take for what.
     *
     * @param receive from the first byte of a request to its last; past it the request is answered with 408. Default 30 s
     * @param idle without a request, or without the client taking what was sent to it; past it the connection is closed.
     *     Default 60 s
     */
    public record Times(Duration receive, Duration idle) {
        public static final Times DEFAULT = new Times(Duration.ofSeconds(30), Duration.ofSeconds(60));
    }

    public HttpSettings withConnectionsMax(int connections) {
        return new HttpSettings(host, port, allowedHosts, allowedOrigins, connections, bodyBytesHeldMax, times, follow);
    }

    public HttpSettings withBodyBytesHeldMax(long bytes) {
        return new HttpSettings(host, port, allowedHosts, allowedOrigins, connectionsMax, bytes, times, follow);
    }

    public HttpSettings withTimes(Times other) {
        return new HttpSettings(
                host, port, allowedHosts, allowedOrigins, connectionsMax, bodyBytesHeldMax, other, follow);
    }

    public HttpSettings withFollow(FollowTimes other) {
        return new HttpSettings(
                host, port, allowedHosts, allowedOrigins, connectionsMax, bodyBytesHeldMax, times, other);
    }

    public HttpSettings withAllowed(Set<String> hosts, Set<String> origins) {
        return new HttpSettings(host, port, hosts, origins, connectionsMax, bodyBytesHeldMax, times, follow);
    }

    private static long bodyBytesHeldMaxDefault() {
        return Math.max(RequestLimits.BATCH_BODY_BYTES_MAX, Runtime.getRuntime().maxMemory() / HEAP_PARTS);
    }
}
