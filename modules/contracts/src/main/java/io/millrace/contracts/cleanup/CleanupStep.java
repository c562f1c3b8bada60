package io.millrace.contracts.cleanup;

import io.millrace.contracts.Problem;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A step of a cleanup as it is at one moment.
 *
 * @param tries how often its action was started
 * @param node that ran it last, absent before
 * @param startedAt absent before
 * @param duration of action and check together, absent before its end
 * @param error why it failed, was skipped or could not be taken back; absent otherwise
 */
public record CleanupStep(
        CleanupName name,
        StepStatus status,
        int tries,
        @Nullable String node,
        @Nullable Instant startedAt,
        @Nullable Duration duration,
        @Nullable Problem error) {}
