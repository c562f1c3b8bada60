package io.millrace.domain.incident;

import io.millrace.contracts.incident.EscalationStep;
import java.util.UUID;

/** Something became true about an incident. Stored; a field may be added if its absence means something. */
public sealed interface IncidentEvent {

    UUID incident();

    /** Milliseconds since the epoch. */
    long at();

    /** It was reported for the first time. */
    record Opened(UUID incident, long at, IncidentKey key, Trouble trouble, String occurrence)
            implements IncidentEvent {}

    /** It was reported again. */
    record SeenAgain(UUID incident, long at, Trouble trouble, String occurrence) implements IncidentEvent {}

    /** What it is about no longer holds; that alone does not end it. */
    record Subsided(UUID incident, long at, String by, String note) implements IncidentEvent {}

    record Acknowledged(UUID incident, long at, String by, String note) implements IncidentEvent {}

    record InvestigationBegun(UUID incident, long at, String by, String note) implements IncidentEvent {}

    record Resolved(UUID incident, long at, String by, String note) implements IncidentEvent {}

    record Closed(UUID incident, long at, String by, String note) implements IncidentEvent {}

    record Reopened(UUID incident, long at, String by, String note) implements IncidentEvent {}

    /** It became a part of another incident, and is closed. */
    record Merged(UUID incident, long at, UUID into, String by, String note) implements IncidentEvent {}

    /** Something was not done in time. Once per step and opening. */
    record Overdue(UUID incident, long at, EscalationStep step) implements IncidentEvent {}

    /** It is no longer kept. */
    record Removed(UUID incident, long at) implements IncidentEvent {}
}
