package io.millrace.channel.incident;

import io.millrace.channel.ChannelReport;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.domain.incident.IncidentKey;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * How one manager of a channel says what needs a person, and that it no longer does. It remembers what it has said, so that
 * nothing is said about what never went wrong.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class IncidentTeller {
    private final ChannelName channel;
    private final String node;
    private final InstantSource clock;
    private final ActorRef<ChannelReport> reports;
    private final Set<IncidentKey> told = new HashSet<>();

    public IncidentTeller(ChannelName channel, String node, InstantSource clock, ActorRef<ChannelReport> reports) {
        this.channel = channel;
        this.node = node;
        this.clock = clock;
        this.reports = reports;
    }

    /**
     * What went wrong, in words.
     *
     * @param title one line
     * @param detail what has happened, with names and values
     * @param advice what a person should do
     */
    public record Text(String title, String detail, String advice) {}

    /**
     * Something has gone wrong.
     *
     * @param occurrence names it within the channel; the same one told again, also by a later owner of the channel, counts
     *     once
     */
    public void seen(IncidentKind kind, String subject, IncidentSeverity severity, String occurrence, Text text) {
        told.add(IncidentKey.of(channel, kind, subject));
        reports.tell(new ChannelReport.IncidentSeen(new IncidentReport(
                channel,
                kind,
                subject,
                severity,
                text.title,
                text.detail,
                text.advice,
                node,
                channel + "/" + occurrence,
                clock.instant())));
    }

    /** It no longer holds. Nothing is said if this manager never said that it did. */
    public void over(IncidentKind kind, String subject, String note) {
        if (told.remove(IncidentKey.of(channel, kind, subject))) {
            reports.tell(new ChannelReport.IncidentSubsided(kind, subject, note));
        }
    }

    /** The channel is gone, and everything of it. */
    public void allOver(String note) {
        told.forEach(key -> reports.tell(new ChannelReport.IncidentSubsided(key.kind(), key.subject(), note)));
        told.clear();
    }
}
