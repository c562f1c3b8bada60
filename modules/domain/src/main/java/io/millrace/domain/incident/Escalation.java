package io.millrace.domain.incident;

import io.millrace.contracts.incident.EscalationStep;
import io.millrace.contracts.incident.IncidentPriority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Until when somebody has to do what about an incident (contract row G-101). The time counts from when it was opened, or
 * reopened last. Incidents of P4 and P5 have no deadlines.
 */
public final class Escalation {
    private Escalation() {}

    /** Something that still has to be done. */
    public record Deadline(EscalationStep step, long dueMillis) {}

    /** How long a step may take, empty if it may take any time. */
    public static Optional<Duration> limit(IncidentPriority priority, EscalationStep step) {
        return switch (priority) {
            case P1 -> Optional.of(limit(step, Duration.ofMinutes(15), Duration.ofMinutes(30), Duration.ofHours(4)));
            case P2 -> Optional.of(limit(step, Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(24)));
            case P3 -> Optional.of(limit(step, Duration.ofHours(4), Duration.ofHours(8), Duration.ofDays(3)));
            case P4, P5 -> Optional.empty();
        };
    }

    private static Duration limit(EscalationStep step, Duration acknowledge, Duration investigate, Duration resolve) {
        return switch (step) {
            case ACKNOWLEDGE -> acknowledge;
            case INVESTIGATE -> investigate;
            case RESOLVE -> resolve;
        };
    }

    /** What still has to be done, the most urgent first. */
    public static List<Deadline> deadlines(Incident incident) {
        List<Deadline> left = new ArrayList<>();
        for (EscalationStep step : stepsLeft(incident.phase())) {
            limit(incident.priority(), step)
                    .ifPresent(limit -> left.add(new Deadline(step, incident.openedMillis() + limit.toMillis())));
        }
        return left;
    }

    private static List<EscalationStep> stepsLeft(IncidentPhase phase) {
        return switch (phase) {
            case IncidentPhase.Open open when open.acknowledged() == null -> List.of(EscalationStep.values());
            case IncidentPhase.Open _ -> List.of(EscalationStep.INVESTIGATE, EscalationStep.RESOLVE);
            case IncidentPhase.Investigating _ -> List.of(EscalationStep.RESOLVE);
            case IncidentPhase.Resolved _, IncidentPhase.Closed _ -> List.of();
        };
    }
}
