package io.millrace.domain.lock;

import io.millrace.contracts.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a wish for a lock ended. Every wish has exactly one outcome. */
public sealed interface LockOutcome {

    /** Number of the wish. */
    long wish();

    /**
     * It holds the lock.
     *
     * @param warnings learnt orders it inverted, for a person
     */
    record Granted(long wish, HeldLease lease, List<String> warnings) implements LockOutcome {
        public Granted {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * Its time was up.
     *
     * @param holder lease of whoever has the lock, absent if nobody does
     */
    record TimedOut(long wish, @Nullable HeldLease holder) implements LockOutcome {}

    /** It must not be granted, or not now. */
    record Refused(long wish, Problem problem) implements LockOutcome {}
}
