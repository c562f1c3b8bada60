package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.work.JobKind;
import java.io.IOException;

/** Writes channel specifications, defaults filled in. */
final class ChannelSpecJson {

    static void write(JsonGenerator json, ChannelSpec spec) throws IOException {
        json.writeStartObject();
        writeThreads(json, spec.threads());
        writeResources(json, spec.resources());
        json.writeObjectFieldStart("queue");
        json.writeNumberField("max", spec.queuedJobsMax());
        json.writeEndObject();
        writeJobs(json, spec);
        json.writeObjectFieldStart("retention");
        json.writeStringField("jobs", DurationText.format(spec.retention().jobs()));
        JobSpecJson.writeSize(json, "logs", spec.retention().logBytes());
        json.writeNumberField("events", spec.retention().events());
        json.writeEndObject();
        JobSpecJson.writeStrings(json, "env", spec.env());
        JobSpecJson.writeStrings(json, "labels", spec.labels());
        json.writeEndObject();
    }

    private static void writeThreads(JsonGenerator json, ChannelSpec.Threads threads) throws IOException {
        json.writeObjectFieldStart("threads");
        json.writeNumberField("max", threads.max());
        json.writeArrayFieldStart("affinity");
        for (int processor : threads.affinity()) {
            json.writeNumber(processor);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeResources(JsonGenerator json, ChannelSpec.Resources resources) throws IOException {
        json.writeObjectFieldStart("resources");
        json.writeObjectFieldStart("buffer");
        json.writeNumberField("small", resources.buffers().small());
        json.writeNumberField("medium", resources.buffers().medium());
        json.writeNumberField("large", resources.buffers().large());
        json.writeEndObject();
        JobSpecJson.writeSize(json, "memory", resources.memoryBytes());
        json.writeNumberField("files", resources.files());
        json.writeNumberField("processes", resources.processes());
        json.writeEndObject();
    }

    private static void writeJobs(JsonGenerator json, ChannelSpec spec) throws IOException {
        json.writeObjectFieldStart("jobs");
        json.writeArrayFieldStart("kinds");
        for (JobKind kind : JobKind.values()) {
            if (spec.jobKinds().contains(kind)) {
                json.writeString(kind.wireName());
            }
        }
        json.writeEndArray();
        json.writeStringField("timeout", DurationText.format(spec.jobTimeout()));
        json.writeEndObject();
    }

    private ChannelSpecJson() {}
}
