package io.millrace.domain.cleanup;

import io.millrace.contracts.JobId;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link CleanupRun} at one moment, immutable.
 *
 * @param steps in the order in which they may run
 * @param endedAtMillis 0 while it goes on
 * @param returned at its end or behind an attempt; what its steps gave back they say themselves
 */
public record RunSnapshot(
        long number,
        RunCause cause,
        @Nullable CleanupName root,
        @Nullable JobId job,
        @Nullable Integer attempt,
        @Nullable Long epoch,
        long startedAtMillis,
        List<RunStep> steps,
        CleanupStatus status,
        boolean isRollingBack,
        long endedAtMillis,
        Released released,
        @Nullable Boolean isMemoryReclaimed,
        List<String> problems,
        List<ReturnedItem> returned) {
    public RunSnapshot {
        steps = List.copyOf(steps);
        problems = problems == null ? List.of() : List.copyOf(problems);
        returned = returned == null ? List.of() : List.copyOf(returned);
    }
}
