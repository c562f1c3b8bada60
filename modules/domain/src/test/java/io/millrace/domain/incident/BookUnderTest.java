package io.millrace.domain.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A book with a clock of its own. */
final class BookUnderTest {
    static final ChannelName BUILD = new ChannelName("build");

    IncidentBook book = IncidentBook.EMPTY;
    long nowMillis = Instant.parse("2026-11-01T12:00:00Z").toEpochMilli();
    private long ids;
    private long occurrences;

    static IncidentReport report(IncidentKind kind, String subject, String occurrence, long atMillis) {
        return report(kind, subject, IncidentSeverity.HIGH, occurrence, atMillis);
    }

    static IncidentReport report(
            IncidentKind kind, String subject, IncidentSeverity severity, String occurrence, long atMillis) {
        return new IncidentReport(
                BUILD,
                kind,
                subject,
                severity,
                "It went wrong.",
                "detail of " + occurrence,
                "Look at it.",
                "node-1",
                occurrence,
                Instant.ofEpochMilli(atMillis));
    }

    /** Something that was not seen before. */
    UUID seen(IncidentKind kind, String subject) {
        return report(report(kind, subject, "occurrence-" + ++occurrences, nowMillis));
    }

    UUID seen(String subject) {
        return seen(IncidentKind.CLEANUP_FAILED, subject);
    }

    UUID seen(String subject, IncidentSeverity severity) {
        return report(report(IncidentKind.CLEANUP_FAILED, subject, severity, "occurrence-" + ++occurrences, nowMillis));
    }

    UUID report(IncidentReport report) {
        return accepted(IncidentRules.report(book, report, new UUID(0, ++ids)));
    }

    void subsided(IncidentKind kind, String subject) {
        book = book.evolve(
                IncidentRules.subsided(book, new IncidentKey(BUILD, kind, subject), "it is over", nowMillis));
    }

    void act(UUID id, IncidentAction action) {
        accepted(IncidentRules.act(book, id, action, "anna", "a note", nowMillis));
    }

    Problem refused(UUID id, IncidentAction action) {
        return refused(IncidentRules.act(book, id, action, "anna", "a note", nowMillis));
    }

    void merge(UUID id, UUID into) {
        accepted(IncidentRules.merge(book, id, into, "anna", "the same cause", nowMillis));
    }

    Problem mergeRefused(UUID id, UUID into) {
        return refused(IncidentRules.merge(book, id, into, "anna", "", nowMillis));
    }

    boolean remove(UUID id) {
        List<IncidentEvent> events = IncidentRules.remove(book, id, nowMillis);
        book = book.evolve(events);
        return !events.isEmpty();
    }

    /** Time passes, and what follows from it becomes true. */
    List<IncidentEvent> after(Duration time) {
        nowMillis += time.toMillis();
        List<IncidentEvent> events = IncidentRules.elapse(book, nowMillis);
        book = book.evolve(events);
        return events;
    }

    /** An incident brought into a state by what people do. */
    UUID in(IncidentState state, String subject) {
        UUID id = seen(subject);
        switch (state) {
            case OPEN -> {}
            case INVESTIGATING -> act(id, IncidentAction.INVESTIGATE);
            case RESOLVED -> act(id, IncidentAction.RESOLVE);
            case CLOSED -> {
                act(id, IncidentAction.RESOLVE);
                act(id, IncidentAction.CLOSE);
            }
        }
        return id;
    }

    Incident incident(UUID id) {
        Incident found = book.incident(id);
        assertThat(found).isNotNull();
        return found;
    }

    List<Change> changes(UUID id) {
        return incident(id).timeline().entries().stream()
                .map(Timeline.Entry::change)
                .toList();
    }

    private UUID accepted(IncidentDecision decision) {
        assertThat(decision).isInstanceOf(IncidentDecision.Accepted.class);
        var accepted = (IncidentDecision.Accepted) decision;
        book = book.evolve(accepted.events());
        return accepted.incident();
    }

    private static Problem refused(IncidentDecision decision) {
        assertThat(decision).isInstanceOf(IncidentDecision.Refused.class);
        Problem problem = ((IncidentDecision.Refused) decision).problem();
        assertThat(problem.code()).isIn(ErrorCode.INVALID_STATE, ErrorCode.NOT_FOUND, ErrorCode.RESOURCE_LIMIT);
        return problem;
    }
}
