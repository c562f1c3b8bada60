package io.millrace.channel.handler.builtin;

import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import java.time.Instant;
import java.util.Map;

/**
 * {@code clock}: tells when it started, by the wall clock and by the machine's monotonic clock. Measures how long a job
 * takes from its submission to its first instruction, and how far the clocks of nodes are apart.
 */
public final class ClockHandler implements JobHandler {
    @Override
    public String name() {
        return "clock";
    }

    @Override
    public String description() {
        return "Returns {\"monotonicNanos\":…,\"time\":…} as they were when it started.";
    }

    @Override
    public Object run(JobContext context) {
        long nanos = System.nanoTime();
        return Map.of("monotonicNanos", nanos, "time", Instant.now().toString());
    }
}
