package io.millrace.domain.incident;

import java.util.List;

/**
 * All incidents as they are stored now and then, so that not all events have to be read again.
 *
 * @param incidents in the order in which they were opened, or reopened last
 */
public record IncidentSnapshot(List<Incident> incidents) {
    public IncidentSnapshot {
        incidents = List.copyOf(incidents);
    }
}
