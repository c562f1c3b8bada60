/**
 * Incidents as pure decisions: which there are, what may be done about each, what time alone changes. Everything that
 * becomes true is an {@link io.millrace.domain.incident.IncidentEvent} that is stored before anybody hears of it. Invariant:
 * of one subject there is at most one incident that is not closed. Called by the incident manager.
 */
@NullMarked
package io.millrace.domain.incident;

import org.jspecify.annotations.NullMarked;
