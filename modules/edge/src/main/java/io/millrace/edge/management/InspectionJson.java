package io.millrace.edge.management;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.TimeText;
import io.millrace.channel.AttemptId;
import io.millrace.channel.Inspection;
import io.millrace.contracts.JobId;
import io.millrace.contracts.job.ResourceType;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

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
        json.writeStringField("id", new AttemptId(thread.job(), thread.attempt(), thread.epoch()).toString());
        json.writeStringField("priority", thread.priority().name().toLowerCase(Locale.ROOT));
        ReplyJson.writeText(json, "handler", thread.handler());
        ReplyJson.writeText(
                json, "jobId", thread.attempt() == 0 ? null : thread.job().toString());
        json.writeNumberField("attempt", thread.attempt());
        json.writeNumberField("epoch", thread.epoch());
        json.writeStringField("since", TimeText.format(thread.since()));
        json.writeEndObject();
    }

    static void writeLock(JsonGenerator json, Inspection.LockUse lock) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", lock.node());
        json.writeStringField("channel", lock.channel().value());
        json.writeStringField("lock", lock.lock().value());
        if (lock.level() == null) {
            json.writeNullField("level");
        } else {
            json.writeNumberField("level", lock.level());
        }
        ReplyJson.writeText(json, "owner", lock.owner());
        writeJob(json, "jobId", lock.job());
        json.writeNumberField("fencingToken", lock.token());
        ReplyJson.writeTime(json, "heldSince", lock.heldSince());
        ReplyJson.writeTime(json, "expiresAt", lock.expiresAt());
        json.writeNumberField("waiters", lock.waiters());
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
        json.writeArrayFieldStart("holders");
        for (Inspection.ResourceHolder holder : resource.holders()) {
            writeHolder(json, holder);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("waiting");
        for (Inspection.ResourceWaiter waiter : resource.waiting()) {
            writeWaiter(json, resource.type(), waiter);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeHolder(JsonGenerator json, Inspection.ResourceHolder holder) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", holder.id());
        json.writeStringField("owner", holder.owner());
        writeJob(json, "job", holder.job());
        json.writeNumberField("amount", holder.amount());
        json.writeStringField("since", TimeText.format(holder.since()));
        ReplyJson.writeTime(json, "expiresAt", holder.expiresAt());
        json.writeStringField("state", holder.state().name());
        json.writeEndObject();
    }

    private static void writeWaiter(JsonGenerator json, ResourceType type, Inspection.ResourceWaiter waiter)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("id", waiter.id());
        json.writeStringField("owner", waiter.owner());
        writeJob(json, "job", waiter.job());
        json.writeStringField("type", type.wireName());
        json.writeNumberField("size", waiter.amount());
        json.writeStringField("since", TimeText.format(waiter.since()));
        json.writeStringField("why", waiter.why());
        json.writeEndObject();
    }

    static void writeProcess(JsonGenerator json, Inspection.ProcessView process) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", process.node());
        json.writeStringField("channel", process.channel().value());
        String id = process.job().toString();
        ReplyJson.writeText(json, "jobId", process.isService() ? null : id);
        ReplyJson.writeText(json, "processId", process.isService() ? id : null);
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
        writeJob(json, "jobId", cleanup.job());
        writeNumber(json, "epoch", cleanup.epoch());
        writeNumber(json, "run", cleanup.run());
        ReplyJson.writeText(json, "root", cleanup.root());
        json.writeStringField("status", cleanup.status());
        json.writeStringField("startedAt", TimeText.format(cleanup.startedAt()));
        ReplyJson.writeTime(json, "endedAt", cleanup.endedAt());
        writeSteps(json, cleanup.steps());
        json.writeStringField("detail", cleanup.detail());
        json.writeEndObject();
    }

    private static void writeSteps(JsonGenerator json, Inspection.@Nullable CleanupSteps steps) throws IOException {
        if (steps == null) {
            json.writeNullField("steps");
            return;
        }
        json.writeObjectFieldStart("steps");
        json.writeNumberField("total", steps.total());
        json.writeNumberField("completed", steps.completed());
        json.writeNumberField("failed", steps.failed());
        json.writeNumberField("skipped", steps.skipped());
        json.writeEndObject();
    }

    private static void writeNumber(JsonGenerator json, String field, @Nullable Long number) throws IOException {
        if (number == null) {
            json.writeNullField(field);
        } else {
            json.writeNumberField(field, number);
        }
    }

    private static void writeJob(JsonGenerator json, String field, @Nullable JobId job) throws IOException {
        ReplyJson.writeText(json, field, job == null ? null : job.toString());
    }
}
