package io.millrace.domain.channel;

import io.millrace.contracts.job.Delivery;
import java.util.List;

/**
 * The part of a job's specification that decisions need. Times are milliseconds; 0 means none given.
 *
 * @param timeoutMillis longest run of one attempt; the channel's limit holds as well
 * @param queueTimeoutMillis longest wait for the first start
 * @param maxAttempts attempts in all, at least 1
 * @param factor growth of the delay per further attempt
 * @param jitter share of the delay that varies, 0 to 1
 * @param noRetryExitCodes exit codes that end the job at once
 * @param hasCleanup true if the job declares cleanup tasks, which run behind each of its attempts, also behind one whose
 *     node is gone
 */
public record JobPolicy(
        long timeoutMillis,
        long queueTimeoutMillis,
        int maxAttempts,
        long initialDelayMillis,
        double factor,
        long maxDelayMillis,
        double jitter,
        List<Integer> noRetryExitCodes,
        Delivery delivery,
        boolean hasCleanup) {
    /** One attempt, channel's time limit, at least once, nothing to clean up. */
    public static final JobPolicy DEFAULT =
            new JobPolicy(0, 0, 1, 1_000, 2.0, 60_000, 0.1, List.of(), Delivery.AT_LEAST_ONCE, false);

    public JobPolicy {
        noRetryExitCodes = noRetryExitCodes == null ? List.of() : List.copyOf(noRetryExitCodes);
        delivery = delivery == null ? Delivery.AT_LEAST_ONCE : delivery;
    }
}
