package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupTask;
import java.io.IOException;
import java.util.Locale;

/**
 * Writes cleanup tasks. What a registered one does stands in its field {@code action}, what one of a job does stands in the
 * task itself, as in the HTTP contract.
 */
final class CleanupTaskJson {

    /** A registered task without what has its default. */
    static byte[] stored(CleanupTask task) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            writeFields(json, task, JobSpecJson.Form.STORED);
            json.writeEndObject();
        });
    }

    /** The fields of a registered task, into the object that is being written. */
    static void writeFields(JsonGenerator json, CleanupTask task, JobSpecJson.Form form) throws IOException {
        writeHead(json, task, form);
        writeAction(json, "action", task.action(), form);
        writeRest(json, task, form);
        if (form == JobSpecJson.Form.SHOWN || !task.dependents().isEmpty()) {
            json.writeArrayFieldStart("dependents");
            for (ChannelName channel : task.dependents()) {
                json.writeString(channel.value());
            }
            json.writeEndArray();
        }
    }

    /** A task of a job. */
    static void writeOfJob(JsonGenerator json, CleanupTask task, JobSpecJson.Form form) throws IOException {
        json.writeStartObject();
        writeHead(json, task, form);
        writeActionFields(json, task.action(), form);
        writeRest(json, task, form);
        json.writeEndObject();
    }

    private static void writeHead(JsonGenerator json, CleanupTask task, JobSpecJson.Form form) throws IOException {
        json.writeStringField("name", task.name().value());
        if (form == JobSpecJson.Form.SHOWN || !task.dependsOn().isEmpty()) {
            json.writeArrayFieldStart("dependsOn");
            for (CleanupReference dependency : task.dependsOn()) {
                json.writeString(dependency.toString());
            }
            json.writeEndArray();
        }
    }

    private static void writeRest(JsonGenerator json, CleanupTask task, JobSpecJson.Form form) throws IOException {
        boolean isShown = form == JobSpecJson.Form.SHOWN;
        if (task.timeout() != null) {
            json.writeStringField("timeout", DurationText.format(task.timeout()));
        } else if (isShown) {
            json.writeStringField("timeout", DurationText.format(RequestLimits.CLEANUP_TIMEOUT_DEFAULT));
        }
        if (task.check() != null) {
            writeAction(json, "check", task.check(), form);
        }
        if (task.undo() != null) {
            writeAction(json, "undo", task.undo(), form);
        }
        if (isShown || !task.isRepeatable()) {
            json.writeBooleanField("repeatable", task.isRepeatable());
        }
    }

    private static void writeAction(JsonGenerator json, String field, CleanupAction action, JobSpecJson.Form form)
            throws IOException {
        json.writeObjectFieldStart(field);
        writeActionFields(json, action, form);
        json.writeEndObject();
    }

    private static void writeActionFields(JsonGenerator json, CleanupAction action, JobSpecJson.Form form)
            throws IOException {
        switch (action) {
            case CleanupAction.Run(var work) -> WorkJson.writeField(json, work, form);
            case CleanupAction.Http http -> writeHttp(json, http, form == JobSpecJson.Form.SHOWN);
            case CleanupAction.Release(var scope) ->
                json.writeStringField("release", scope.name().toLowerCase(Locale.ROOT));
        }
    }

    private static void writeHttp(JsonGenerator json, CleanupAction.Http http, boolean isShown) throws IOException {
        json.writeObjectFieldStart("http");
        if (isShown || !http.method().equals(HttpActionReader.METHOD_DEFAULT)) {
            json.writeStringField("method", http.method());
        }
        json.writeStringField("url", http.url());
        if (isShown || !http.headers().isEmpty()) {
            JobSpecJson.writeStrings(json, "headers", http.headers());
        }
        if (isShown || !http.body().isEmpty()) {
            json.writeStringField("body", http.body());
        }
        if (isShown || !http.expectStatus().isEmpty()) {
            json.writeArrayFieldStart("expectStatus");
            for (int status : http.expectStatus()) {
                json.writeNumber(status);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private CleanupTaskJson() {}
}
