package io.millrace.domain.cleanup;

import io.millrace.contracts.Problem;
import java.util.List;

/** What follows from a wish about cleanup. */
public sealed interface CleanupDecision {

    /** Store these changes, then act; an empty list means there is nothing to change. */
    record Accepted(List<CleanupChange> changes) implements CleanupDecision {
        public Accepted {
            changes = List.copyOf(changes);
        }
    }

    /** Change nothing; tell the caller why. */
    record Refused(Problem problem) implements CleanupDecision {}

    /** An execution that is under way does what was asked for: its result is the answer. */
    record Joined(long run) implements CleanupDecision {}

    /** Change nothing now; ask again once this execution has ended, because they share a task. */
    record Deferred(long behindRun) implements CleanupDecision {}
}
