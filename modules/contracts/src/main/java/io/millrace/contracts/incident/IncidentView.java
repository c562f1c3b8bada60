package io.millrace.contracts.incident;

import io.millrace.contracts.ChannelName;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An incident as it is shown.
 *
 * @param id stays the same for as long as the incident is kept (contract row G-45)
 * @param severity the highest one that was reported
 * @param detail what has happened, as of its latest report
 * @param advice what to do about it
 * @param node where it was seen last
 * @param occurrences how often it was seen
 * @param openedAt when it was opened, or reopened last; its deadlines count from then
 * @param stateSince since when it is in its state
 * @param acknowledgedBy who has said that they have seen it, absent if nobody has
 * @param deadlines what somebody still has to do, and until when; empty once it is resolved, and for P4 and P5
 * @param mergedInto the incident that this one is a part of, absent if it is one by itself
 * @param children incidents that are parts of this one, in the order in which they were merged
 * @param timeline what has happened to it, oldest first; lists leave it out
 * @param timelineDropped how many entries behind the first one went because there were too many
 */
public record IncidentView(
        UUID id,
        ChannelName channel,
        IncidentKind kind,
        String subject,
        IncidentSeverity severity,
        IncidentPriority priority,
        IncidentState state,
        String title,
        String detail,
        String advice,
        String node,
        long occurrences,
        Instant firstSeenAt,
        Instant lastSeenAt,
        Instant openedAt,
        Instant stateSince,
        @Nullable String acknowledgedBy,
        List<Deadline> deadlines,
        @Nullable UUID mergedInto,
        List<UUID> children,
        List<TimelineEntry> timeline,
        int timelineDropped) {
    public IncidentView {
        deadlines = List.copyOf(deadlines);
        children = List.copyOf(children);
        timeline = List.copyOf(timeline);
    }

    /**
     * Something that has to be done in time.
     *
     * @param isOverdue true if that time is over
     */
    public record Deadline(EscalationStep step, Instant dueAt, boolean isOverdue) {}

    /**
     * One change of an incident.
     *
     * @param at when; for several of the same in a row, the last one
     * @param by a person, or the part of the system that did it
     * @param note what was said about it, empty if nothing was
     * @param times how many of the same in a row this entry stands for
     */
    public record TimelineEntry(Instant at, String by, Change change, String note, long times) {}

    /** What happened to an incident. */
    public enum Change {
        OPENED,
        /** It was seen again. */
        SEEN_AGAIN,
        ACKNOWLEDGED,
        INVESTIGATING,
        RESOLVED,
        CLOSED,
        REOPENED,
        /** It became a part of another one. */
        MERGED,
        /** Another one became a part of it. */
        CHILD_MERGED,
        /** A part of it was removed, or the one it was a part of. */
        LINK_REMOVED,
        /** What it is about no longer holds. */
        SUBSIDED,
        /** Something was not done in time. */
        OVERDUE
    }
}
