package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStep;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is said of cleanups (HTTP contract, section 6). A field that has no value is written as null, except that a
 * task has no {@code check} or {@code undo} if it was registered without.
 */
public final class CleanupJson {
    private CleanupJson() {}

    /** A registered task. */
    public static void writeTask(JsonGenerator json, CleanupView view) throws IOException {
        Handle handle = view.handle();
        json.writeStartObject();
        CleanupTaskJson.writeFields(json, view.task(), JobSpecJson.Form.SHOWN);
        json.writeBooleanField("reversible", view.task().isReversible());
        json.writeStringField("handle", HandleText.format(handle));
        json.writeStringField("channel", handle.channel().value());
        json.writeNumberField("incarnation", handle.incarnation());
        json.writeStringField("node", handle.node());
        json.writeStringField("registeredAt", TimeText.format(view.registeredAt()));
        json.writeStringField("status", view.status().name());
        json.writeFieldName("latest");
        if (view.latest() == null) {
            json.writeNull();
        } else {
            writeResult(json, view.latest());
        }
        json.writeEndObject();
    }

    /** Whether removing a task changed anything. */
    public static void writeRemoved(JsonGenerator json, boolean removed) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("removed", removed);
        json.writeEndObject();
    }

    /** An execution, finished or as far as it is. */
    public static void writeResult(JsonGenerator json, CleanupResult result) throws IOException {
        json.writeStartObject();
        json.writeNumberField("run", result.run());
        ReplyJson.writeText(json, "root", text(result.root()));
        ReplyJson.writeText(json, "job", text(result.job()));
        json.writeStringField("status", result.status().name());
        json.writeStringField("startedAt", TimeText.format(result.startedAt()));
        ReplyJson.writeTime(json, "endedAt", result.endedAt());
        json.writeStringField("duration", DurationText.formatMeasured(result.duration()));
        json.writeArrayFieldStart("steps");
        for (CleanupStep step : result.steps()) {
            writeStep(json, step);
        }
        json.writeEndArray();
        writeReleased(json, result.released());
        if (result.isMemoryReclaimed() == null) {
            json.writeNullField("memoryReclaimed");
        } else {
            json.writeBooleanField("memoryReclaimed", result.isMemoryReclaimed());
        }
        json.writeArrayFieldStart("problems");
        for (String problem : result.problems()) {
            json.writeString(problem);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("returned");
        for (ReturnedItem item : result.returned()) {
            writeReturned(json, item);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeReturned(JsonGenerator json, ReturnedItem item) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", item.type().wireName());
        json.writeNumberField("count", item.count());
        json.writeNumberField("amount", item.amount());
        json.writeArrayFieldStart("ids");
        for (String id : item.ids()) {
            json.writeString(id);
        }
        json.writeEndArray();
        json.writeStringField("from", item.from());
        json.writeStringField("end", item.end().name());
        json.writeStringField("by", item.by());
        json.writeStringField("node", item.node());
        json.writeStringField("at", TimeText.format(item.at()));
        ReplyJson.writeTime(json, "notedAt", item.notedAt());
        json.writeEndObject();
    }

    /** What came of taking an execution back. */
    public static void writeRollback(JsonGenerator json, RollbackResult result) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("rolledBack", result.rolledBack());
        json.writeStringField("reason", result.reason());
        json.writeEndObject();
    }

    /** What a task depends on. */
    public static void writeDependencies(JsonGenerator json, DependencyReport report) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("valid", report.valid());
        writeTasks(json, "order", report.order());
        writeEdges(json, "missing", report.missing());
        writeTasks(json, "failed", report.failed());
        json.writeArrayFieldStart("cycles");
        for (List<CleanupReference> cycle : report.cycles()) {
            writeTasks(json, cycle);
        }
        json.writeEndArray();
        writeEdges(json, "forbiddenCrossChannel", report.forbiddenCrossChannel());
        writeEdges(json, "edges", report.edges());
        json.writeEndObject();
    }

    /** How a task has done. */
    public static void writeMetrics(JsonGenerator json, CleanupMetrics metrics) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", metrics.name().value());
        json.writeNumberField("executions", metrics.executions());
        json.writeNumberField("failures", metrics.failures());
        json.writeNumberField("skips", metrics.skips());
        json.writeNumberField("rollbacks", metrics.rollbacks());
        writeDuration(json, "latest", metrics.latest());
        writeDuration(json, "average", metrics.average());
        writeDuration(json, "longest", metrics.longest());
        json.writeEndObject();
    }

    /** A line of a task's history. */
    public static void writeRecord(JsonGenerator json, CleanupRecord line) throws IOException {
        json.writeStartObject();
        json.writeStringField("at", TimeText.format(line.at()));
        if (line.run() == 0) {
            json.writeNullField("run");
        } else {
            json.writeNumberField("run", line.run());
        }
        ReplyJson.writeText(json, "step", text(line.step()));
        json.writeStringField("what", line.what().name());
        json.writeStringField("node", line.node());
        json.writeStringField("detail", line.detail());
        json.writeEndObject();
    }

    private static void writeStep(JsonGenerator json, CleanupStep step) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", step.name().value());
        json.writeStringField("status", step.status().name());
        json.writeNumberField("tries", step.tries());
        ReplyJson.writeText(json, "node", step.node());
        ReplyJson.writeTime(json, "startedAt", step.startedAt());
        writeDuration(json, "duration", step.duration());
        ReplyJson.writeError(json, step.error());
        json.writeEndObject();
    }

    private static void writeReleased(JsonGenerator json, Released released) throws IOException {
        json.writeObjectFieldStart("released");
        json.writeNumberField("processes", released.processes());
        json.writeNumberField("threads", released.threads());
        json.writeNumberField("locks", released.locks());
        json.writeNumberField("resources", released.resources());
        json.writeNumberField("bytes", released.bytes());
        json.writeNumberField("logBytes", released.logBytes());
        json.writeEndObject();
    }

    private static void writeEdges(JsonGenerator json, String field, List<DependencyReport.Edge> edges)
            throws IOException {
        json.writeArrayFieldStart(field);
        for (DependencyReport.Edge edge : edges) {
            json.writeStartObject();
            json.writeStringField("task", edge.task().toString());
            json.writeStringField("dependency", edge.dependency().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeTasks(JsonGenerator json, String field, List<CleanupReference> tasks) throws IOException {
        json.writeFieldName(field);
        writeTasks(json, tasks);
    }

    private static void writeTasks(JsonGenerator json, List<CleanupReference> tasks) throws IOException {
        json.writeStartArray();
        for (CleanupReference task : tasks) {
            json.writeString(task.toString());
        }
        json.writeEndArray();
    }

    private static void writeDuration(JsonGenerator json, String field, @Nullable Duration duration)
            throws IOException {
        ReplyJson.writeText(json, field, duration == null ? null : DurationText.formatMeasured(duration));
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
