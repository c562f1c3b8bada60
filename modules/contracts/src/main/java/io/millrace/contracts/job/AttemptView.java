package io.millrace.contracts.job;

import io.millrace.contracts.Problem;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a job.
 *
 * @param number 1 for the first
 * @param epoch fencing epoch; rises strictly within a channel
 * @param signal name of the signal that ended the process
 */
public record AttemptView(
        int number,
        long epoch,
        AttemptState state,
        Instant startedAt,
        @Nullable Instant endedAt,
        String node,
        @Nullable Integer exitCode,
        @Nullable String signal,
        @Nullable Problem error) {}
