package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.work.Work;
import java.io.IOException;

/** Writes what a job or a cleanup task runs: a command or a handler. */
final class WorkJson {

    /** The work as a field named after its kind. */
    static void writeField(JsonGenerator json, Work work, JobSpecJson.Form form) throws IOException {
        switch (work) {
            case Work.Process process -> writeProcess(json, process, form == JobSpecJson.Form.SHOWN);
            case Work.Handler handler -> writeHandler(json, handler);
        }
    }

    private static void writeProcess(JsonGenerator json, Work.Process process, boolean isShown) throws IOException {
        json.writeObjectFieldStart("process");
        writeWhat(json, process);
        if (isShown || !process.env().isEmpty()) {
            JobSpecJson.writeStrings(json, "env", process.env());
        }
        if (isShown || !process.stdin().isEmpty()) {
            json.writeStringField("stdin", process.stdin());
        }
        if (process.workingDirectory() != null) {
            json.writeStringField("workingDirectory", process.workingDirectory());
        }
        if (isShown || process.terminal()) {
            json.writeBooleanField("terminal", process.terminal());
        }
        if (isShown || process.stripsAnsi()) {
            json.writeStringField("ansi", process.stripsAnsi() ? "strip" : "keep");
        }
        json.writeEndObject();
    }

    private static void writeWhat(JsonGenerator json, Work.Process process) throws IOException {
        if (process.script() != null) {
            json.writeObjectFieldStart("script");
            json.writeStringField("name", process.script().name());
            json.writeStringField("directory", process.script().directory());
            json.writeEndObject();
            return;
        }
        json.writeArrayFieldStart("command");
        for (String argument : process.command()) {
            json.writeString(argument);
        }
        json.writeEndArray();
    }

    private static void writeHandler(JsonGenerator json, Work.Handler handler) throws IOException {
        json.writeObjectFieldStart("handler");
        json.writeStringField("name", handler.name());
        if (handler.input() != null) {
            json.writeFieldName("input");
            PlainJson.write(json, handler.input());
        }
        json.writeEndObject();
    }

    private WorkJson() {}
}
