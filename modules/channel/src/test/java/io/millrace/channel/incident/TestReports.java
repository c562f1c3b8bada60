package io.millrace.channel.incident;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentSeverity;
import java.time.Instant;

/** Something that went wrong in the channel {@code build}. */
final class TestReports {
    static final ChannelName BUILD = new ChannelName("build");
    static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    private TestReports() {}

    static IncidentReport report(String subject, String occurrence) {
        return report(BUILD, subject, IncidentSeverity.HIGH, occurrence, NOON);
    }

    static IncidentReport report(
            ChannelName channel, String subject, IncidentSeverity severity, String occurrence, Instant at) {
        return new IncidentReport(
                channel,
                IncidentKind.CLEANUP_FAILED,
                subject,
                severity,
                "A cleanup did not complete.",
                "step '" + subject + "' has failed",
                "Execute it again.",
                "node-1",
                occurrence,
                at);
    }
}
