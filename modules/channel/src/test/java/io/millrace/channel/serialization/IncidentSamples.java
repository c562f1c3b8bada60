package io.millrace.channel.serialization;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.incident.EscalationStep;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.domain.incident.IncidentBook;
import io.millrace.domain.incident.IncidentEvent;
import io.millrace.domain.incident.IncidentKey;
import io.millrace.domain.incident.IncidentSnapshot;
import io.millrace.domain.incident.Trouble;
import java.util.List;
import java.util.UUID;

/** One value of everything the incident manager stores. */
final class IncidentSamples {
    private static final long AT = 1_793_534_400_123L;
    private static final UUID FIRST = UUID.fromString("4f9d3c1e-0b5e-4b39-9d0f-6c1f2f0a7b11");
    private static final UUID SECOND = UUID.fromString("4f9d3c1e-0b5e-4b39-9d0f-6c1f2f0a7b12");
    private static final UUID THIRD = UUID.fromString("4f9d3c1e-0b5e-4b39-9d0f-6c1f2f0a7b13");
    private static final UUID FOURTH = UUID.fromString("4f9d3c1e-0b5e-4b39-9d0f-6c1f2f0a7b14");
    private static final Trouble TROUBLE = new Trouble(
            IncidentSeverity.CRITICAL,
            "A cleanup could not be rolled back",
            "execution 7 of 'drop-temp': undo of step 'temp' has failed",
            "Look at it, then execute it again.",
            "millrace@127.0.0.1:25520");

    private IncidentSamples() {}

    static List<IncidentEvent> events() {
        return List.of(
                opened(FIRST, "drop-temp"),
                new IncidentEvent.SeenAgain(FIRST, AT + 1, TROUBLE, "build/8"),
                new IncidentEvent.Subsided(FIRST, AT + 2, "millrace", "execution 9 has completed"),
                new IncidentEvent.Acknowledged(FIRST, AT + 3, "anna", "on my way"),
                new IncidentEvent.InvestigationBegun(FIRST, AT + 4, "anna", "looking"),
                new IncidentEvent.Resolved(FIRST, AT + 5, "anna", "disk was full"),
                new IncidentEvent.Closed(FIRST, AT + 6, "anna", "done"),
                new IncidentEvent.Reopened(FIRST, AT + 7, "bob", "it was not"),
                new IncidentEvent.Merged(SECOND, AT + 8, FIRST, "bob", "the same cause"),
                new IncidentEvent.Overdue(FIRST, AT + 9, EscalationStep.ACKNOWLEDGE),
                new IncidentEvent.Removed(THIRD, AT + 10));
    }

    /** Incidents in every phase. */
    static IncidentSnapshot snapshot() {
        return IncidentBook.EMPTY
                .evolve(opened(FIRST, "drop-temp"))
                .evolve(opened(SECOND, "cache"))
                .evolve(opened(THIRD, "web"))
                .evolve(opened(FOURTH, "db"))
                .evolve(new IncidentEvent.Overdue(FIRST, AT + 1, EscalationStep.ACKNOWLEDGE))
                .evolve(new IncidentEvent.Acknowledged(FIRST, AT + 2, "anna", ""))
                .evolve(new IncidentEvent.Merged(SECOND, AT + 3, FIRST, "anna", "the same cause"))
                .evolve(new IncidentEvent.InvestigationBegun(THIRD, AT + 4, "bob", ""))
                .evolve(new IncidentEvent.Resolved(FOURTH, AT + 5, "millrace", "it runs again"))
                .snapshot();
    }

    private static IncidentEvent.Opened opened(UUID id, String subject) {
        return new IncidentEvent.Opened(
                id,
                AT,
                new IncidentKey(new ChannelName("build"), IncidentKind.ROLLBACK_FAILED, subject),
                TROUBLE,
                "build/7");
    }
}
