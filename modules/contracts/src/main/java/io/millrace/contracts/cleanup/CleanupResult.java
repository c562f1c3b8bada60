package io.millrace.contracts.cleanup;

import io.millrace.contracts.JobId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a cleanup, finished or as far as it is (contract row C-04).
 *
 * @param run number of the execution, rises within the channel
 * @param root task that was asked for, absent if the whole channel or an attempt is cleaned up
 * @param job whose attempt it cleans up behind, absent otherwise
 * @param duration so far
 * @param steps in the order in which they may run
 * @param isMemoryReclaimed true if every buffer that went back is back in its pool and none of the channel's is left over;
 *     absent before that was checked
 * @param problems what was found wrong when everything was checked at the end
 * @param returned everything that went back beside what steps did outside the channel, in the order in which it did
 */
public record CleanupResult(
        long run,
        @Nullable CleanupName root,
        @Nullable JobId job,
        CleanupStatus status,
        Instant startedAt,
        @Nullable Instant endedAt,
        Duration duration,
        List<CleanupStep> steps,
        Released released,
        @Nullable Boolean isMemoryReclaimed,
        List<String> problems,
        List<ReturnedItem> returned) {
    public CleanupResult {
        steps = List.copyOf(steps);
        problems = List.copyOf(problems);
        returned = returned == null ? List.of() : List.copyOf(returned);
    }
}
