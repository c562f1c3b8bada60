package io.millrace.domain.incident;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How incidents are shown. */
public final class IncidentViews {
    private IncidentViews() {}

    /** Which incidents are listed; what is absent does not matter. */
    public record Filter(
            @Nullable IncidentState state,
            @Nullable ChannelName channel,
            @Nullable IncidentPriority priority) {

        boolean isMet(Incident incident) {
            return (state == null || incident.state() == state)
                    && (channel == null || incident.key().channel().equals(channel))
                    && (priority == null || incident.priority() == priority);
        }
    }

    /** With its timeline. */
    public static IncidentView whole(Incident incident, long nowMillis) {
        return view(incident, incident.timeline(), nowMillis);
    }

    /**
     * Those that a filter lets through, newest first, without their timelines.
     *
     * @param after where the page before ends, absent for the first one
     */
    public static List<IncidentView> list(
            IncidentBook book, Filter filter, @Nullable IncidentPosition after, int max, long nowMillis) {
        return book.all().stream()
                .filter(filter::isMet)
                .filter(incident ->
                        after == null || IncidentPosition.of(incident).compareTo(after) > 0)
                .sorted((one, other) -> IncidentPosition.of(one).compareTo(IncidentPosition.of(other)))
                .limit(max)
                .map(incident -> view(incident, Timeline.EMPTY, nowMillis))
                .toList();
    }

    /** Where a page that ends with an incident ends. */
    public static IncidentPosition positionOf(IncidentView incident) {
        return new IncidentPosition(incident.firstSeenAt().toEpochMilli(), incident.id());
    }

    /** What incidents are counted by. */
    public record Group(IncidentState state, IncidentPriority priority) {}

    /** How many incidents there are in each group, also where there are none. */
    public static Map<Group, Integer> counts(IncidentBook book) {
        Map<Group, Integer> counts = new LinkedHashMap<>();
        for (IncidentState state : IncidentState.values()) {
            for (IncidentPriority priority : IncidentPriority.values()) {
                counts.put(new Group(state, priority), 0);
            }
        }
        book.all().forEach(incident -> counts.merge(new Group(incident.state(), incident.priority()), 1, Integer::sum));
        return counts;
    }

    private static IncidentView view(Incident incident, Timeline timeline, long nowMillis) {
        return new IncidentView(
                incident.id(),
                incident.key().channel(),
                incident.key().kind(),
                incident.key().subject(),
                incident.trouble().severity(),
                incident.priority(),
                incident.state(),
                incident.trouble().title(),
                incident.trouble().detail(),
                incident.trouble().advice(),
                incident.trouble().node(),
                incident.sightings().count(),
                Instant.ofEpochMilli(incident.sightings().firstMillis()),
                Instant.ofEpochMilli(incident.sightings().lastMillis()),
                Instant.ofEpochMilli(incident.openedMillis()),
                Instant.ofEpochMilli(incident.phase().sinceMillis()),
                incident.acknowledgedBy(),
                Escalation.deadlines(incident).stream()
                        .map(each -> deadline(each, nowMillis))
                        .toList(),
                incident.mergedInto(),
                incident.children(),
                timeline.entries().stream().map(IncidentViews::entry).toList(),
                timeline.dropped());
    }

    private static IncidentView.Deadline deadline(Escalation.Deadline deadline, long nowMillis) {
        return new IncidentView.Deadline(
                deadline.step(), Instant.ofEpochMilli(deadline.dueMillis()), deadline.dueMillis() <= nowMillis);
    }

    private static IncidentView.TimelineEntry entry(Timeline.Entry entry) {
        return new IncidentView.TimelineEntry(
                Instant.ofEpochMilli(entry.atMillis()), entry.by(), entry.change(), entry.note(), entry.times());
    }
}
