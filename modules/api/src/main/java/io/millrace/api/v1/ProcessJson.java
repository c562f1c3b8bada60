package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ReadinessCheck;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import io.millrace.contracts.process.StartUp;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Writes what is said of services and commands (HTTP contract, section 7). A field that has no value is written as null. */
public final class ProcessJson {
    private ProcessJson() {}

    /** A process at one moment. */
    public static void writeProcess(JsonGenerator json, ProcessView process) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", process.id().toString());
        json.writeStringField("channel", process.channel().value());
        json.writeStringField("name", process.spec().name().value());
        json.writeFieldName("spec");
        ProcessSpecJson.write(json, process.spec());
        json.writeStringField("state", process.state().name());
        json.writeBooleanField("ready", process.isReady());
        json.writeBooleanField("running", process.isRunning());
        if (process.pid() == null) {
            json.writeNullField("pid");
        } else {
            json.writeNumberField("pid", process.pid());
        }
        json.writeNumberField("run", process.run());
        json.writeNumberField("restarts", process.restarts());
        ReplyJson.writeText(json, "node", process.node());
        ReplyJson.writeNumber(json, "exitCode", process.exitCode());
        ReplyJson.writeText(json, "signal", process.signal());
        writeTimes(json, process);
        writeStartUp(json, process.startUp());
        writeCheck(json, process.check());
        ReplyJson.writeError(json, process.error());
        ReplyJson.writeConditions(json, process.conditions());
        json.writeEndObject();
    }

    private static void writeStartUp(JsonGenerator json, @Nullable StartUp startUp) throws IOException {
        if (startUp == null) {
            json.writeNullField("startUp");
            return;
        }
        json.writeObjectFieldStart("startUp");
        json.writeStringField("waited", DurationText.formatMeasured(startUp.waited()));
        writeMeasured(json, "starting", startUp.starting());
        writeMeasured(json, "becomingReady", startUp.becomingReady());
        json.writeEndObject();
    }

    private static void writeMeasured(JsonGenerator json, String field, @Nullable Duration measured)
            throws IOException {
        ReplyJson.writeText(json, field, measured == null ? null : DurationText.formatMeasured(measured));
    }

    private static void writeCheck(JsonGenerator json, @Nullable ReadinessCheck check) throws IOException {
        if (check == null) {
            json.writeNullField("check");
            return;
        }
        json.writeObjectFieldStart("check");
        json.writeStringField("at", TimeText.format(check.at()));
        json.writeBooleanField("passed", check.isPassed());
        json.writeStringField("message", check.message());
        json.writeStringField("output", check.output());
        json.writeEndObject();
    }

    /** Whether a process is gone. */
    public static void writeRemoved(JsonGenerator json, boolean removed) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("removed", removed);
        json.writeEndObject();
    }

    /** What can be started in a directory, and what of it could not be read. */
    public static void writeScripts(JsonGenerator json, ScriptListing listing) throws IOException {
        json.writeStartObject();
        ReplyJson.writeItems(json, listing.scripts(), ProcessJson::writeScript);
        json.writeArrayFieldStart("warnings");
        for (String warning : listing.warnings()) {
            json.writeString(warning);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeScript(JsonGenerator json, ScriptView script) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", script.name());
        json.writeStringField("tool", script.tool());
        json.writeArrayFieldStart("command");
        for (String argument : script.command()) {
            json.writeString(argument);
        }
        json.writeEndArray();
        json.writeStringField("directory", script.directory());
        json.writeStringField("source", script.source());
        json.writeStringField("description", script.description());
        json.writeEndObject();
    }

    /** The beginning and the end of a run have two names: those of jobs, and those processes are known by elsewhere. */
    private static void writeTimes(JsonGenerator json, ProcessView process) throws IOException {
        json.writeStringField("createdAt", TimeText.format(process.createdAt()));
        ReplyJson.writeTime(json, "startedAt", process.startedAt());
        ReplyJson.writeTime(json, "startTime", process.startedAt());
        ReplyJson.writeTime(json, "readyAt", process.readyAt());
        ReplyJson.writeTime(json, "endedAt", process.endedAt());
        ReplyJson.writeTime(json, "endTime", process.endedAt());
    }
}
