package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import java.util.List;

/**
 * Jobs that were accepted under an idempotency key.
 *
 * @param bodyHash digest of the request body that came with the key
 * @param jobs in the order of the request
 */
public record KeyedSubmission(String key, String bodyHash, List<JobId> jobs, long atMillis) {
    public KeyedSubmission {
        jobs = List.copyOf(jobs);
    }
}
