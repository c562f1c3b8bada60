package io.millrace.contracts.cleanup;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a task has done since the channel has been on its node (contract row C-07).
 *
 * @param executions how often it was a step that ran
 * @param failures how often it failed
 * @param skips how often something it depends on had not completed
 * @param rollbacks how often it was taken back
 * @param latest duration of its latest run, absent before the first
 * @param average absent before the first
 * @param longest absent before the first
 */
public record CleanupMetrics(
        CleanupName name,
        long executions,
        long failures,
        long skips,
        long rollbacks,
        @Nullable Duration latest,
        @Nullable Duration average,
        @Nullable Duration longest) {}
