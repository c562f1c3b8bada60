package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes services and commands as they were described, with what they have by default. */
final class ProcessSpecJson {

    static void write(JsonGenerator json, ProcessSpec spec) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", spec.name().value());
        writeCommand(json, "command", spec.command());
        ReplyJson.writeText(json, "script", spec.script());
        ReplyJson.writeText(json, "directory", spec.directory());
        JobSpecJson.writeStrings(json, "env", spec.env());
        writeRestart(json, spec.restart());
        writeReadiness(json, spec.ready());
        json.writeStringField("startTimeout", DurationText.format(spec.startTimeout()));
        writeStop(json, spec.stop());
        writeDependencies(json, spec.dependsOn());
        json.writeArrayFieldStart("successExitCodes");
        for (int code : spec.successExitCodes()) {
            json.writeNumber(code);
        }
        json.writeEndArray();
        json.writeBooleanField("terminal", spec.terminal());
        json.writeStringField("ansi", spec.stripsAnsi() ? "strip" : "keep");
        JobSpecJson.writeStrings(json, "labels", spec.labels());
        json.writeEndObject();
    }

    private static void writeRestart(JsonGenerator json, RestartPolicy restart) throws IOException {
        json.writeObjectFieldStart("restart");
        json.writeStringField("policy", wireName(restart.mode()));
        json.writeStringField("initialDelay", DurationText.format(restart.initialDelay()));
        JobSpecJson.writeDecimal(json, "factor", restart.factor());
        json.writeStringField("maxDelay", DurationText.format(restart.maxDelay()));
        json.writeNumberField("max", restart.max());
        json.writeStringField("minUptime", DurationText.format(restart.minUptime()));
        json.writeEndObject();
    }

    private static void writeReadiness(JsonGenerator json, @Nullable Readiness ready) throws IOException {
        if (ready == null) {
            json.writeNullField("ready");
            return;
        }
        json.writeObjectFieldStart("ready");
        writeCheck(json, ready);
        json.writeEndObject();
    }

    private static void writeCheck(JsonGenerator json, Readiness ready) throws IOException {
        switch (ready) {
            case Readiness.Http(var url) -> json.writeStringField("http", url.toString());
            case Readiness.Tcp(var host, var port) -> json.writeStringField("tcp", address(host, port));
            case Readiness.Log(var pattern) -> json.writeStringField("log", pattern);
            case Readiness.Command(var command) -> writeCommand(json, "exec", command);
            case Readiness.AfterLine(var line, var check) -> {
                writeCheck(json, line);
                writeCheck(json, check);
            }
        }
    }

    private static void writeCommand(JsonGenerator json, String field, List<String> command) throws IOException {
        json.writeArrayFieldStart(field);
        for (String argument : command) {
            json.writeString(argument);
        }
        json.writeEndArray();
    }

    private static String address(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static void writeStop(JsonGenerator json, StopPolicy stop) throws IOException {
        json.writeObjectFieldStart("stop");
        json.writeStringField("signal", stop.signal());
        json.writeStringField("grace", DurationText.format(stop.grace()));
        if (!stop.command().isEmpty()) {
            writeCommand(json, "command", stop.command());
        }
        json.writeEndObject();
    }

    private static void writeDependencies(JsonGenerator json, List<ProcessDependency> dependencies) throws IOException {
        json.writeArrayFieldStart("dependsOn");
        for (ProcessDependency dependency : dependencies) {
            json.writeStartObject();
            json.writeStringField("name", dependency.name().value());
            json.writeStringField("condition", dependency.condition().name().toLowerCase(Locale.ROOT));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static String wireName(RestartPolicy.Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private ProcessSpecJson() {}
}
