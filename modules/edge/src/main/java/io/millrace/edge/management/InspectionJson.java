package io.millrace.edge.management;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.TimeText;
import io.millrace.channel.Inspection;
import java.io.IOException;

/** Writes what runs where. */
final class InspectionJson {
    private InspectionJson() {}

    static void writeThread(JsonGenerator json, Inspection.ThreadView thread) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", thread.node());
        json.writeStringField("channel", thread.channel().value());
        json.writeStringField("name", thread.name());
        json.writeStringField("state", thread.state());
        json.writeStringField("kind", thread.kind().wireName());
        json.writeStringField("jobId", thread.job().toString());
        json.writeNumberField("attempt", thread.attempt());
        json.writeNumberField("epoch", thread.epoch());
        json.writeStringField("since", TimeText.format(thread.since()));
        json.writeEndObject();
    }

    static void writeResource(JsonGenerator json, Inspection.ResourceView resource) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", resource.node());
        json.writeStringField("channel", resource.channel().value());
        json.writeStringField("type", resource.type().wireName());
        json.writeNumberField("limit", resource.limit());
        json.writeNumberField("inUse", resource.inUse());
        json.writeNumberField("peak", resource.peak());
        json.writeNumberField("waiters", resource.waiters());
        json.writeEndObject();
    }

    static void writeProcess(JsonGenerator json, Inspection.ProcessView process) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", process.node());
        json.writeStringField("channel", process.channel().value());
        json.writeStringField("jobId", process.job().toString());
        json.writeNumberField("attempt", process.attempt());
        json.writeNumberField("pid", process.pid());
        json.writeStringField("command", process.command());
        json.writeStringField("startedAt", TimeText.format(process.startedAt()));
        json.writeEndObject();
    }

    static void writeCleanup(JsonGenerator json, Inspection.CleanupView cleanup) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", cleanup.node());
        json.writeStringField("channel", cleanup.channel().value());
        json.writeStringField("jobId", cleanup.job().toString());
        json.writeNumberField("epoch", cleanup.epoch());
        json.writeStringField("status", cleanup.status());
        json.writeStringField("startedAt", TimeText.format(cleanup.startedAt()));
        ReplyJson.writeTime(json, "endedAt", cleanup.endedAt());
        json.writeStringField("detail", cleanup.detail());
        json.writeEndObject();
    }
}
