package io.millrace.edge.http;

import io.millrace.api.v1.Operation;
import io.millrace.contracts.ThreadSafety;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;

/** Counts the requests of the HTTP API by operation and status, and how long they took to answer. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class HttpMetrics {
    private static final String UNROUTED = "none";
    private static final double NANOS_PER_SECOND = 1e9;

    private final Counter requests = Counter.builder()
            .name("millrace_http_requests")
            .help("Requests answered, by operation and status.")
            .labelNames("operation", "status")
            .withoutExemplars()
            .build();
    private final Histogram seconds = Histogram.builder()
            .name("millrace_http_request")
            .unit(Unit.SECONDS)
            .help("Time from the head of a request to its reply, by operation. Waiting that was asked for is included.")
            .labelNames("operation")
            .classicOnly()
            .classicUpperBounds(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300)
            .withoutExemplars()
            .build();

    void answered(Operation operation, int status, long nanos) {
        requests.labelValues(operation.id(), Integer.toString(status)).inc();
        seconds.labelValues(operation.id()).observe(nanos / NANOS_PER_SECOND);
    }

    /** A request that named no operation. */
    void unrouted(int status) {
        requests.labelValues(UNROUTED, Integer.toString(status)).inc();
    }

    /** How many requests of an operation were answered with a status. */
    long count(String operation, int status) {
        return requests.labelValues(operation, Integer.toString(status)).getLongValue();
    }

    /** Everything as it is now. */
    public List<MetricSnapshot> collect() {
        return List.of(requests.collect(), seconds.collect());
    }
}
