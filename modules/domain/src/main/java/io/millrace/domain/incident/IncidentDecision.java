package io.millrace.domain.incident;

import io.millrace.contracts.Problem;
import java.util.List;
import java.util.UUID;

/** What follows from a wish about incidents. */
public sealed interface IncidentDecision {

    /**
     * Store these events, then answer; an empty list means there is nothing to change.
     *
     * @param incident the one it is about
     */
    record Accepted(UUID incident, List<IncidentEvent> events) implements IncidentDecision {
        public Accepted {
            events = List.copyOf(events);
        }
    }

    /** Change nothing; tell the caller why. */
    record Refused(Problem problem) implements IncidentDecision {}
}
