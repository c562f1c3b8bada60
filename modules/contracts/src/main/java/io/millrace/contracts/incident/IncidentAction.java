package io.millrace.contracts.incident;

import java.util.EnumSet;
import java.util.Set;

/** What a person does about one incident, and in which states that may be done (contract row G-100). */
public enum IncidentAction {
    /** I have seen it. Doing so again changes nothing. */
    ACKNOWLEDGE(EnumSet.of(IncidentState.OPEN)),
    /** I look for the cause. */
    INVESTIGATE(EnumSet.of(IncidentState.OPEN)),
    /** It is over. */
    RESOLVE(EnumSet.of(IncidentState.OPEN, IncidentState.INVESTIGATING)),
    /** Nothing is left to be done. */
    CLOSE(EnumSet.of(IncidentState.RESOLVED)),
    /** It is not over after all. */
    REOPEN(EnumSet.of(IncidentState.RESOLVED, IncidentState.CLOSED));

    private final Set<IncidentState> from;

    IncidentAction(Set<IncidentState> from) {
        this.from = Set.copyOf(from);
    }

    /** True if it may be done in this state. */
    public boolean isAllowedIn(IncidentState state) {
        return from.contains(state);
    }
}
