package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadView;
import java.io.IOException;
import java.util.Locale;

/** Writes what is said of threads (HTTP contract, section 4). A field that has no value is written as null. */
public final class ThreadJson {
    private ThreadJson() {}

    /** A thread. */
    public static void writeThread(JsonGenerator json, ThreadView thread) throws IOException {
        Handle handle = thread.handle();
        json.writeStartObject();
        json.writeStringField("id", handle.id());
        json.writeStringField("handle", HandleText.format(handle));
        json.writeStringField("channel", handle.channel().value());
        json.writeNumberField("incarnation", handle.incarnation());
        json.writeStringField("node", handle.node());
        ReplyJson.writeText(json, "name", thread.name());
        json.writeStringField("state", thread.state().name());
        json.writeStringField("priority", thread.priority().name().toLowerCase(Locale.ROOT));
        json.writeStringField("kind", thread.kind().wireName());
        ReplyJson.writeText(json, "handler", thread.handler());
        ReplyJson.writeText(
                json, "job", thread.job() == null ? null : thread.job().toString());
        json.writeNumberField("attempt", thread.attempt());
        writeStackSize(json, thread.stackBytes());
        json.writeArrayFieldStart("affinity");
        for (int processor : thread.affinity()) {
            json.writeNumber(processor);
        }
        json.writeEndArray();
        json.writeStringField("createdAt", TimeText.format(thread.createdAt()));
        ReplyJson.writeTime(json, "startedAt", thread.startedAt());
        ReplyJson.writeTime(json, "endedAt", thread.endedAt());
        writeOutcome(json, thread);
        ReplyJson.writeConditions(json, thread.conditions());
        json.writeEndObject();
    }

    /** How an attempt to end a thread went. */
    public static void writeTermination(JsonGenerator json, Termination termination) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("terminated", termination.terminated());
        json.writeBooleanField("forced", termination.forced());
        json.writeStringField("detail", termination.detail());
        json.writeEndObject();
    }

    /** What a thread used. */
    public static void writeMetrics(JsonGenerator json, ThreadMetrics metrics) throws IOException {
        json.writeStartObject();
        json.writeStringField("cpuTime", DurationText.formatMeasured(metrics.cpuTime()));
        json.writeNumberField("allocatedBytes", metrics.allocatedBytes());
        json.writeStringField("blockedTime", DurationText.formatMeasured(metrics.blockedTime()));
        json.writeStringField("waitedTime", DurationText.formatMeasured(metrics.waitedTime()));
        json.writeStringField("queueWait", DurationText.formatMeasured(metrics.queueWait()));
        json.writeStringField("runTime", DurationText.formatMeasured(metrics.runTime()));
        json.writeNumberField("runs", metrics.runs());
        json.writeNumberField("failures", metrics.failures());
        json.writeStringField("lastHeartbeat", TimeText.format(metrics.lastHeartbeat()));
        json.writeNumberField("leasesHeld", metrics.leasesHeld());
        json.writeNumberField("resourcesHeld", metrics.resourcesHeld());
        json.writeEndObject();
    }

    private static void writeStackSize(JsonGenerator json, long bytes) throws IOException {
        if (bytes == 0) {
            json.writeNullField("stackSize");
        } else {
            json.writeNumberField("stackSize", bytes);
        }
    }

    private static void writeOutcome(JsonGenerator json, ThreadView thread) throws IOException {
        ReplyJson.writeText(json, "outcome", thread.outcome());
        json.writeFieldName("result");
        if (thread.resultJson() == null) {
            json.writeNull();
        } else {
            json.writeRawValue(thread.resultJson());
        }
        ReplyJson.writeError(json, thread.error());
    }
}
