package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.incident.IncidentView;
import java.io.IOException;
import java.util.UUID;

/** Writes incidents (HTTP contract, section 9). */
public final class IncidentJson {
    private IncidentJson() {}

    /** An incident as a list shows it. */
    public static void writeListed(JsonGenerator json, IncidentView incident) throws IOException {
        json.writeStartObject();
        writeFields(json, incident);
        json.writeEndObject();
    }

    /** An incident with its timeline. */
    public static void writeIncident(JsonGenerator json, IncidentView incident) throws IOException {
        json.writeStartObject();
        writeFields(json, incident);
        json.writeArrayFieldStart("timeline");
        for (IncidentView.TimelineEntry entry : incident.timeline()) {
            writeEntry(json, entry);
        }
        json.writeEndArray();
        json.writeNumberField("timelineDropped", incident.timelineDropped());
        json.writeEndObject();
    }

    /** @param wasThere false if there was no such incident, or it was removed before */
    public static void writeRemoved(JsonGenerator json, boolean wasThere) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("removed", wasThere);
        json.writeEndObject();
    }

    private static void writeFields(JsonGenerator json, IncidentView incident) throws IOException {
        json.writeStringField("id", incident.id().toString());
        json.writeStringField("channel", incident.channel().value());
        json.writeStringField("kind", incident.kind().name());
        json.writeStringField("subject", incident.subject());
        json.writeStringField("severity", incident.severity().name());
        json.writeStringField("priority", incident.priority().name());
        json.writeStringField("state", incident.state().name());
        json.writeStringField("title", incident.title());
        json.writeStringField("detail", incident.detail());
        json.writeStringField("advice", incident.advice());
        json.writeStringField("node", incident.node());
        json.writeNumberField("occurrences", incident.occurrences());
        json.writeStringField("firstSeenAt", TimeText.format(incident.firstSeenAt()));
        json.writeStringField("lastSeenAt", TimeText.format(incident.lastSeenAt()));
        json.writeStringField("openedAt", TimeText.format(incident.openedAt()));
        json.writeStringField("stateSince", TimeText.format(incident.stateSince()));
        ReplyJson.writeText(json, "acknowledgedBy", incident.acknowledgedBy());
        json.writeArrayFieldStart("deadlines");
        for (IncidentView.Deadline deadline : incident.deadlines()) {
            writeDeadline(json, deadline);
        }
        json.writeEndArray();
        UUID parent = incident.mergedInto();
        ReplyJson.writeText(json, "mergedInto", parent == null ? null : parent.toString());
        json.writeArrayFieldStart("children");
        for (UUID child : incident.children()) {
            json.writeString(child.toString());
        }
        json.writeEndArray();
    }

    private static void writeDeadline(JsonGenerator json, IncidentView.Deadline deadline) throws IOException {
        json.writeStartObject();
        json.writeStringField("step", deadline.step().name());
        json.writeStringField("dueAt", TimeText.format(deadline.dueAt()));
        json.writeBooleanField("overdue", deadline.isOverdue());
        json.writeEndObject();
    }

    private static void writeEntry(JsonGenerator json, IncidentView.TimelineEntry entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("at", TimeText.format(entry.at()));
        json.writeStringField("by", entry.by());
        json.writeStringField("change", entry.change().name());
        json.writeStringField("note", entry.note());
        json.writeNumberField("times", entry.times());
        json.writeEndObject();
    }
}
