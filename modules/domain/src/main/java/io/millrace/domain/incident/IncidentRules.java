package io.millrace.domain.incident;

import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.domain.Limits;
import io.millrace.domain.incident.IncidentDecision.Accepted;
import io.millrace.domain.incident.IncidentDecision.Refused;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a report, a person or time does to incidents (contract rows G-99 to G-101). */
public final class IncidentRules {
    private IncidentRules() {}

    // What channels report

    /**
     * Counts an occurrence in the incident about its subject. One that is resolved is open again thereby; after one that is
     * closed there is a new one.
     *
     * @param newId for a new incident
     */
    public static IncidentDecision report(IncidentBook book, IncidentReport report, UUID newId) {
        IncidentKey key = IncidentKey.of(report);
        Incident known = book.latest(key);
        if (known == null || (known.state() == IncidentState.CLOSED && !known.hasCounted(report.occurrence()))) {
            return open(book, report, newId);
        }
        if (known.hasCounted(report.occurrence())) {
            return new Accepted(known.id(), List.of());
        }
        long at = report.at().toEpochMilli();
        var seen = new IncidentEvent.SeenAgain(known.id(), at, Trouble.of(report), report.occurrence());
        return new Accepted(
                known.id(),
                known.state() == IncidentState.RESOLVED
                        ? List.of(
                                new IncidentEvent.Reopened(known.id(), at, Incident.SYSTEM, "It was seen again."), seen)
                        : List.of(seen));
    }

    private static IncidentDecision open(IncidentBook book, IncidentReport report, UUID newId) {
        long at = report.at().toEpochMilli();
        List<IncidentEvent> events = new ArrayList<>();
        if (book.size() >= Limits.INCIDENTS_MAX) {
            Optional<Incident> expendable = expendable(book);
            if (expendable.isEmpty()) {
                return new Refused(IncidentRefusals.tooMany());
            }
            events.add(new IncidentEvent.Removed(expendable.get().id(), at));
        }
        events.add(
                new IncidentEvent.Opened(newId, at, IncidentKey.of(report), Trouble.of(report), report.occurrence()));
        return new Accepted(newId, events);
    }

    private static Optional<Incident> expendable(IncidentBook book) {
        return book.all().stream()
                .filter(incident -> !incident.state().isActive())
                .max(Comparator.comparing(Incident::state)
                        .thenComparing(Comparator.<Incident>comparingLong(
                                        incident -> incident.phase().sinceMillis())
                                .reversed()));
    }

    /**
     * What was reported no longer holds. An incident that resolves itself does so unless somebody works on it or others are
     * a part of it; of one that is over already, or that nobody knows of, nothing is noted.
     */
    public static List<IncidentEvent> subsided(IncidentBook book, IncidentKey key, String note, long nowMillis) {
        Incident known = book.latest(key);
        if (known == null || !known.state().isActive()) {
            return List.of();
        }
        boolean isOver = key.kind().resolvesItself()
                && known.key().equals(key)
                && known.children().isEmpty()
                && known.state() == IncidentState.OPEN;
        String text = Texts.cut(note);
        return List.of(
                isOver
                        ? new IncidentEvent.Resolved(known.id(), nowMillis, Incident.SYSTEM, text)
                        : new IncidentEvent.Subsided(known.id(), nowMillis, Incident.SYSTEM, text));
    }

    // What people do

    /** @param by who does it */
    public static IncidentDecision act(
            IncidentBook book, UUID id, IncidentAction action, String by, String note, long nowMillis) {
        Incident incident = book.incident(id);
        if (incident == null) {
            return new Refused(IncidentRefusals.unknown(id));
        }
        if (incident.mergedInto() != null) {
            return new Refused(IncidentRefusals.isPart(incident));
        }
        if (!action.isAllowedIn(incident.state())) {
            return new Refused(IncidentRefusals.notAllowed(incident, action));
        }
        Incident rival = action == IncidentAction.REOPEN ? book.activeRivalOf(incident) : null;
        if (rival != null) {
            return new Refused(IncidentRefusals.hasRival(incident, rival));
        }
        if (action == IncidentAction.ACKNOWLEDGE && incident.acknowledgedBy() != null) {
            return new Accepted(id, List.of());
        }
        String who = Texts.cut(by, Limits.INCIDENT_TITLE_CHARS_MAX);
        String text = Texts.cut(note);
        return new Accepted(
                id,
                List.of(
                        switch (action) {
                            case ACKNOWLEDGE -> new IncidentEvent.Acknowledged(id, nowMillis, who, text);
                            case INVESTIGATE -> new IncidentEvent.InvestigationBegun(id, nowMillis, who, text);
                            case RESOLVE -> new IncidentEvent.Resolved(id, nowMillis, who, text);
                            case CLOSE -> new IncidentEvent.Closed(id, nowMillis, who, text);
                            case REOPEN -> new IncidentEvent.Reopened(id, nowMillis, who, text);
                        }));
    }

    /** Makes one incident a part of another one. */
    public static IncidentDecision merge(
            IncidentBook book, UUID id, UUID into, String by, String note, long nowMillis) {
        Incident child = book.incident(id);
        Incident parent = book.incident(into);
        if (child == null || parent == null) {
            return new Refused(IncidentRefusals.unknown(child == null ? id : into));
        }
        if (child.mergedInto() != null) {
            return new Refused(IncidentRefusals.isPart(child));
        }
        if (id.equals(into)) {
            return new Refused(IncidentRefusals.intoItself(child));
        }
        if (child.state() == IncidentState.CLOSED) {
            return new Refused(IncidentRefusals.notMergeable(child));
        }
        if (!parent.state().isActive()) {
            return new Refused(IncidentRefusals.notActive(parent));
        }
        if (parent.children().size() >= Limits.INCIDENT_CHILDREN_MAX) {
            return new Refused(IncidentRefusals.tooManyChildren(parent));
        }
        return new Accepted(
                id,
                List.of(new IncidentEvent.Merged(
                        id, nowMillis, into, Texts.cut(by, Limits.INCIDENT_TITLE_CHARS_MAX), Texts.cut(note))));
    }

    /** No events if there is none. */
    public static List<IncidentEvent> remove(IncidentBook book, UUID id, long nowMillis) {
        return book.incident(id) == null ? List.of() : List.of(new IncidentEvent.Removed(id, nowMillis));
    }

    // What time does

    /** What is overdue by now, and what is closed or no longer kept because its time is over. */
    public static List<IncidentEvent> elapse(IncidentBook book, long nowMillis) {
        List<IncidentEvent> events = new ArrayList<>();
        for (Incident incident : book.all()) {
            long millis = nowMillis - incident.phase().sinceMillis();
            switch (incident.phase()) {
                case IncidentPhase.Resolved _
                when millis >= Limits.INCIDENT_RESOLVED_MAX.toMillis() ->
                    events.add(new IncidentEvent.Closed(
                            incident.id(),
                            nowMillis,
                            Incident.SYSTEM,
                            "It was resolved for " + Limits.INCIDENT_RESOLVED_MAX.toDays() + " days."));
                case IncidentPhase.Closed _
                when millis >= Limits.INCIDENT_KEPT_MAX.toMillis() ->
                    events.add(new IncidentEvent.Removed(incident.id(), nowMillis));
                case IncidentPhase.Open _, IncidentPhase.Investigating _ ->
                    overdue(incident, nowMillis).forEach(events::add);
                case IncidentPhase.Resolved _, IncidentPhase.Closed _ -> {}
            }
        }
        return events;
    }

    private static List<IncidentEvent> overdue(Incident incident, long nowMillis) {
        return Escalation.deadlines(incident).stream()
                .filter(deadline -> deadline.dueMillis() <= nowMillis)
                .filter(deadline -> !incident.overdue().contains(deadline.step()))
                .<IncidentEvent>map(deadline -> new IncidentEvent.Overdue(incident.id(), nowMillis, deadline.step()))
                .toList();
    }
}
