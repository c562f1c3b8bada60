package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that were accepted under an idempotency key.
 *
 * @param bodyHash digest of the request body that came with the key, empty if none did
 * @param jobs in the order of the request
 */
public record KeyedSubmission(String key, String bodyHash, List<JobId> jobs, long atMillis) {
    public KeyedSubmission {
        jobs = List.copyOf(jobs);
    }

    static KeyedSubmission of(String key, ChannelEvent.JobsSubmitted event) {
        List<JobId> jobs = event.jobs().stream().map(SubmittedJob::id).toList();
        return new KeyedSubmission(key, hashOf(event.bodyHash()), jobs, event.at());
    }

    boolean hasBody(@Nullable String hash) {
        return bodyHash.equals(hashOf(hash));
    }

    private static String hashOf(@Nullable String hash) {
        return hash == null ? "" : hash;
    }
}
