package io.millrace.domain.incident;

import java.util.List;

/** What one write of the incident manager stores: one row of the journal. */
public record IncidentEntry(List<IncidentEvent> events) {
    public IncidentEntry {
        events = List.copyOf(events);
    }
}
