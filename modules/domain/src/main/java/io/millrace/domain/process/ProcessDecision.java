package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import java.util.List;

/** What follows from a wish about processes. */
public sealed interface ProcessDecision {

    /** Store these changes, then act; an empty list means there is nothing to change. */
    record Accepted(List<ProcessChange> changes) implements ProcessDecision {
        public Accepted {
            changes = List.copyOf(changes);
        }
    }

    /** Change nothing; tell the caller why. */
    record Refused(Problem problem) implements ProcessDecision {}

    /** An earlier request with the same key and body has registered this process, which is there. */
    record Replayed(JobId process) implements ProcessDecision {}
}
