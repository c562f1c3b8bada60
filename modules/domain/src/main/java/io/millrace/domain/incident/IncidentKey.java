package io.millrace.domain.incident;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.domain.Limits;

/** What an incident is about. Reports with the same key count in the same incident. */
public record IncidentKey(ChannelName channel, IncidentKind kind, String subject) {

    public static IncidentKey of(IncidentReport report) {
        return of(report.channel(), report.kind(), report.subject());
    }

    /** @param subject is cut if it is too long */
    public static IncidentKey of(ChannelName channel, IncidentKind kind, String subject) {
        return new IncidentKey(channel, kind, Texts.cut(subject, Limits.INCIDENT_TITLE_CHARS_MAX));
    }
}
