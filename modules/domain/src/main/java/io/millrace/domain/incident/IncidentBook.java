package io.millrace.domain.incident;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.incident.IncidentView.Change;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All incidents of a cluster. A change makes another book: there are at most {@link
 * io.millrace.domain.Limits#INCIDENTS_MAX} of them, and changes are rare.
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public final class IncidentBook {
    public static final IncidentBook EMPTY = new IncidentBook(new LinkedHashMap<>());

    /** Those that were opened, or reopened, last are at the end. */
    private final Map<UUID, Incident> incidents;

    /** The map becomes its own. */
    private IncidentBook(LinkedHashMap<UUID, Incident> incidents) {
        this.incidents = Collections.unmodifiableMap(incidents);
    }

    public static IncidentBook of(IncidentSnapshot snapshot) {
        LinkedHashMap<UUID, Incident> incidents = new LinkedHashMap<>();
        snapshot.incidents().forEach(incident -> incidents.put(incident.id(), incident));
        return new IncidentBook(incidents);
    }

    public IncidentSnapshot snapshot() {
        return new IncidentSnapshot(List.copyOf(incidents.values()));
    }

    /** In the order in which they were opened, or reopened last. */
    public Collection<Incident> all() {
        return incidents.values();
    }

    public int size() {
        return incidents.size();
    }

    public @Nullable Incident incident(UUID id) {
        return incidents.get(id);
    }

    /** The incident in which what is reported about a subject counts: the latest one, or the one it was merged into. */
    @Nullable Incident latest(IncidentKey key) {
        Incident found = null;
        for (Incident incident : incidents.values()) {
            found = incident.key().equals(key) ? incident : found;
        }
        while (found != null && found.mergedInto() != null) {
            found = incidents.get(found.mergedInto());
        }
        return found;
    }

    /** An incident about the same subject that is not closed, absent if there is none. */
    @Nullable Incident activeRivalOf(Incident incident) {
        Incident other = latest(incident.key());
        return other != null && !other.id().equals(incident.id()) && !(other.phase() instanceof IncidentPhase.Closed)
                ? other
                : null;
    }

    public IncidentBook evolve(IncidentEvent event) {
        LinkedHashMap<UUID, Incident> next = new LinkedHashMap<>(incidents);
        switch (event) {
            case IncidentEvent.Opened opened -> next.put(opened.incident(), Incident.opened(opened));
            case IncidentEvent.Removed(var id, var at) -> {
                next.remove(id);
                next.replaceAll((_, other) -> other.without(id, at));
            }
            case IncidentEvent.Merged merged -> merge(next, merged);
            case IncidentEvent.Reopened reopened -> {
                Incident known = next.remove(reopened.incident());
                if (known != null) {
                    next.put(known.id(), known.reopened(reopened));
                }
            }
            case IncidentEvent.SeenAgain _,
                    IncidentEvent.Subsided _,
                    IncidentEvent.Acknowledged _,
                    IncidentEvent.InvestigationBegun _,
                    IncidentEvent.Resolved _,
                    IncidentEvent.Closed _,
                    IncidentEvent.Overdue _ -> next.computeIfPresent(event.incident(), (_, each) -> after(each, event));
        }
        return new IncidentBook(next);
    }

    public IncidentBook evolve(Collection<? extends IncidentEvent> events) {
        IncidentBook book = this;
        for (IncidentEvent event : events) {
            book = book.evolve(event);
        }
        return book;
    }

    private static Incident after(Incident incident, IncidentEvent event) {
        return switch (event) {
            case IncidentEvent.SeenAgain seen -> incident.seenAgain(seen);
            case IncidentEvent.Subsided(var _, var at, var by, var note) ->
                incident.noted(at, by, Change.SUBSIDED, note);
            case IncidentEvent.Acknowledged(var _, var at, var by, var note) ->
                incident.acknowledged(new Mark(at, by), note);
            case IncidentEvent.InvestigationBegun(var _, var at, var by, var note) -> {
                Mark mark = new Mark(at, by);
                yield incident.in(new IncidentPhase.Investigating(mark), mark, Change.INVESTIGATING, note);
            }
            case IncidentEvent.Resolved(var _, var at, var by, var note) -> {
                Mark mark = new Mark(at, by);
                yield incident.in(new IncidentPhase.Resolved(mark), mark, Change.RESOLVED, note);
            }
            case IncidentEvent.Closed(var _, var at, var by, var note) -> {
                Mark mark = new Mark(at, by);
                yield incident.in(new IncidentPhase.Closed(mark, null), mark, Change.CLOSED, note);
            }
            case IncidentEvent.Overdue overdue -> incident.overdue(overdue);
            case IncidentEvent.Opened _, IncidentEvent.Reopened _, IncidentEvent.Merged _, IncidentEvent.Removed _ ->
                incident;
        };
    }

    private static void merge(Map<UUID, Incident> incidents, IncidentEvent.Merged merged) {
        Incident child = incidents.get(merged.incident());
        Incident parent = incidents.get(merged.into());
        if (child == null || parent == null) {
            return;
        }
        Mark mark = new Mark(merged.at(), merged.by());
        incidents.put(parent.id(), parent.withChild(child, mark, merged.note()));
        String note = Texts.cut(parent.id() + (merged.note().isEmpty() ? "" : ": " + merged.note()));
        incidents.put(child.id(), child.in(new IncidentPhase.Closed(mark, parent.id()), mark, Change.MERGED, note));
    }
}
