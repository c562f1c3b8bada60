package io.millrace.domain.incident;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.incident.EscalationStep;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView.Change;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One incident.
 *
 * @param openedMillis when it was opened, or reopened last; its deadlines count from then
 * @param overdue what was not done in time since then, as far as that is on its timeline
 * @param children incidents that were merged into it, in this order
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public record Incident(
        UUID id,
        IncidentKey key,
        Trouble trouble,
        Sightings sightings,
        IncidentPhase phase,
        long openedMillis,
        Set<EscalationStep> overdue,
        List<UUID> children,
        Timeline timeline) {
    /** In whose name the system itself changes incidents. */
    static final String SYSTEM = "millrace";

    public Incident {
        overdue = Set.copyOf(overdue);
        children = List.copyOf(children);
    }

    static Incident opened(IncidentEvent.Opened event) {
        Timeline timeline = Timeline.EMPTY.and(
                event.at(),
                event.trouble().node(),
                Change.OPENED,
                event.trouble().detail());
        return new Incident(
                event.incident(),
                event.key(),
                event.trouble(),
                Sightings.first(event.at(), event.occurrence()),
                new IncidentPhase.Open(event.at(), null),
                event.at(),
                Set.of(),
                List.of(),
                timeline);
    }

    public IncidentState state() {
        return phase.state();
    }

    public IncidentPriority priority() {
        return trouble.severity().priority();
    }

    /** The incident it is a part of, absent if it is one by itself. */
    public @Nullable UUID mergedInto() {
        return phase instanceof IncidentPhase.Closed closed ? closed.mergedInto() : null;
    }

    /** Who has said that they have seen it, absent if nobody has. */
    @Nullable String acknowledgedBy() {
        return phase instanceof IncidentPhase.Open open && open.acknowledged() != null
                ? open.acknowledged().by()
                : null;
    }

    boolean hasCounted(String occurrence) {
        return sightings.counted().contains(occurrence);
    }

    Incident seenAgain(IncidentEvent.SeenAgain event) {
        return new Incident(
                id,
                key,
                trouble.followedBy(event.trouble()),
                sightings.and(event.at(), event.occurrence()),
                phase,
                openedMillis,
                overdue,
                children,
                timeline.and(
                        event.at(),
                        event.trouble().node(),
                        Change.SEEN_AGAIN,
                        event.trouble().detail()));
    }

    Incident reopened(IncidentEvent.Reopened event) {
        return new Incident(
                id,
                key,
                trouble,
                sightings,
                new IncidentPhase.Open(event.at(), null),
                event.at(),
                Set.of(),
                children,
                timeline.and(event.at(), event.by(), Change.REOPENED, event.note()));
    }

    Incident in(IncidentPhase next, Mark mark, Change change, String note) {
        return new Incident(
                id,
                key,
                trouble,
                sightings,
                next,
                openedMillis,
                overdue,
                children,
                timeline.and(mark.atMillis(), mark.by(), change, note));
    }

    Incident acknowledged(Mark mark, String note) {
        return in(new IncidentPhase.Open(phase.sinceMillis(), mark), mark, Change.ACKNOWLEDGED, note);
    }

    Incident noted(long atMillis, String by, Change change, String note) {
        return in(phase, new Mark(atMillis, by), change, note);
    }

    Incident overdue(IncidentEvent.Overdue event) {
        Set<EscalationStep> steps = new HashSet<>(overdue);
        steps.add(event.step());
        return new Incident(
                id,
                key,
                trouble,
                sightings,
                phase,
                openedMillis,
                steps,
                children,
                timeline.and(event.at(), SYSTEM, Change.OVERDUE, event.step().name()));
    }

    /** With another incident as a part, whose occurrences and severity count from now on in this one, too. */
    Incident withChild(Incident child, Mark mark, String note) {
        List<UUID> all = new ArrayList<>(children);
        all.add(child.id);
        Trouble own = child.trouble.severity().compareTo(trouble.severity()) <= 0
                ? trouble
                : new Trouble(
                        child.trouble.severity(), trouble.title(), trouble.detail(), trouble.advice(), trouble.node());
        return new Incident(
                id,
                key,
                own,
                sightings.plus(child.sightings),
                phase,
                openedMillis,
                overdue,
                all,
                timeline.and(
                        mark.atMillis(),
                        mark.by(),
                        Change.CHILD_MERGED,
                        Texts.cut(child.id + (note.isEmpty() ? "" : ": " + note))));
    }

    /** Without its link to an incident that is no longer kept; the same if it has none. */
    Incident without(UUID removed, long atMillis) {
        if (phase instanceof IncidentPhase.Closed(var done, var parent) && removed.equals(parent)) {
            return in(
                    new IncidentPhase.Closed(done, null),
                    new Mark(atMillis, SYSTEM),
                    Change.LINK_REMOVED,
                    "was merged into " + removed);
        }
        if (!children.contains(removed)) {
            return this;
        }
        List<UUID> left = new ArrayList<>(children);
        left.remove(removed);
        return new Incident(
                id,
                key,
                trouble,
                sightings,
                phase,
                openedMillis,
                overdue,
                left,
                timeline.and(atMillis, SYSTEM, Change.LINK_REMOVED, "had the part " + removed));
    }
}
