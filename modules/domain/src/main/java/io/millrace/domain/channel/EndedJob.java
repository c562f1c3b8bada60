package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobState;
import org.jspecify.annotations.Nullable;

/**
 * A job that has ended, with everything needed to show it and to run it again.
 *
 * @param attempts attempts it had
 * @param epoch epoch of its last attempt, 0 if it had none
 * @param startedAtMillis start of its last attempt, 0 if it had none
 * @param state a terminal state
 */
public record EndedJob(
        SubmittedJob submitted,
        long createdAtMillis,
        int attempts,
        long epoch,
        @Nullable String node,
        long startedAtMillis,
        long endedAtMillis,
        JobState state,
        @Nullable Integer exitCode,
        @Nullable String signal,
        @Nullable String resultJson,
        @Nullable Problem error) {

    public JobId id() {
        return submitted.id();
    }
}
