package io.millrace.domain.incident;

import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.domain.Limits;

/** What has gone wrong, as of the latest report. Its texts are cut to what an incident may hold. */
public record Trouble(IncidentSeverity severity, String title, String detail, String advice, String node) {

    public static Trouble of(IncidentReport report) {
        return new Trouble(
                report.severity(),
                Texts.cut(report.title(), Limits.INCIDENT_TITLE_CHARS_MAX),
                Texts.cut(report.detail()),
                Texts.cut(report.advice()),
                Texts.cut(report.node(), Limits.INCIDENT_TITLE_CHARS_MAX));
    }

    /** The later one with the higher severity of both. */
    Trouble followedBy(Trouble later) {
        return later.severity.compareTo(severity) >= 0
                ? later
                : new Trouble(severity, later.title, later.detail, later.advice, later.node);
    }
}
