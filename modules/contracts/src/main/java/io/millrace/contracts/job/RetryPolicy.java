package io.millrace.contracts.job;

import java.time.Duration;
import java.util.List;

/**
 * When a failed attempt is followed by another.
 *
 * @param maxAttempts attempts in all, 1 to 100; 1 means no retry. Default 1
 * @param initialDelay wait before the second attempt. Default 1 s
 * @param factor growth of the wait per further attempt, at least 1. Default 2
 * @param maxDelay upper bound of the wait. Default 1 min
 * @param jitter share of the wait that is random, 0 to 1. Default 0.1
 * @param noRetryExitCodes exit codes of a process that end the job at once
 */
public record RetryPolicy(
        int maxAttempts,
        Duration initialDelay,
        double factor,
        Duration maxDelay,
        double jitter,
        List<Integer> noRetryExitCodes) {
    /** One attempt, no retry. */
    public static final RetryPolicy NONE =
            new RetryPolicy(1, Duration.ofSeconds(1), 2.0, Duration.ofMinutes(1), 0.1, List.of());

    public RetryPolicy {
        noRetryExitCodes = List.copyOf(noRetryExitCodes);
    }
}
