package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.Progress;
import io.millrace.contracts.log.LogLevel;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.work.JobKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the values of replies as the HTTP contract shows them. A field that has no value is written as null. */
public final class ReplyJson {

    private ReplyJson() {}

    /** Writes one item of a list. */
    @FunctionalInterface
    public interface ItemWriter<T> {
        void write(JsonGenerator json, T item) throws IOException;
    }

    /** A list as every list is answered: {@code {"items":[…],"nextPageToken":…}}. */
    public static <T> byte[] page(Page<T> page, ItemWriter<T> writer) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            writeItems(json, page.items(), writer);
            writeText(json, "nextPageToken", page.nextPageToken());
            json.writeEndObject();
        });
    }

    /** A list that is never paged: {@code {"items":[…]}}. */
    public static <T> byte[] list(List<T> items, ItemWriter<T> writer) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            writeItems(json, items, writer);
            json.writeEndObject();
        });
    }

    /** {@code "items":[…]} of the object that is being written. */
    public static <T> void writeItems(JsonGenerator json, List<T> items, ItemWriter<T> writer) throws IOException {
        json.writeArrayFieldStart("items");
        for (T item : items) {
            writer.write(json, item);
        }
        json.writeEndArray();
    }

    /** Numbers of a channel by name. One that cannot be measured is null. */
    public static void writeTotals(JsonGenerator json, Map<String, Double> totals) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, Double> total : new TreeMap<>(totals).entrySet()) {
            json.writeFieldName(total.getKey());
            writeTotal(json, total.getValue());
        }
        json.writeEndObject();
    }

    /** A job. */
    public static void writeJob(JsonGenerator json, JobView job) throws IOException {
        writeJob(json, job, storedSpec(job));
    }

    /**
     * A job whose specification may be at hand, which saves reading it again.
     *
     * @param spec absent to show what is stored as it is
     */
    public static void writeJob(JsonGenerator json, JobView job, @Nullable JobSpec spec) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", job.id().toString());
        json.writeStringField("channel", job.channel().value());
        json.writeStringField("name", job.name());
        json.writeStringField("kind", job.kind().wireName());
        json.writeStringField("state", job.state().name());
        json.writeStringField("priority", job.priority().wireName());
        json.writeFieldName("spec");
        if (spec == null) {
            json.writeRawValue(job.specJson());
        } else {
            JobSpecJson.write(json, spec, JobSpecJson.Form.SHOWN);
        }
        json.writeStringField("createdAt", TimeText.format(job.createdAt()));
        writeTime(json, "startedAt", job.startedAt());
        writeTime(json, "endedAt", job.endedAt());
        json.writeNumberField("attempt", job.attempt());
        json.writeNumberField("epoch", job.epoch());
        writeText(json, "node", job.node());
        writeOutcome(json, job);
        writeProgress(json, job.progress());
        writeConditions(json, job.conditions());
        JobSpecJson.writeStrings(json, "labels", job.labels());
        json.writeEndObject();
    }

    /** What a job came to: state, exit code, signal, result and error. */
    public static byte[] result(JobView job) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("id", job.id().toString());
            json.writeStringField("state", job.state().name());
            writeOutcome(json, job);
            json.writeEndObject();
        });
    }

    /** A job of a batch as it was accepted. */
    public static void writeAccepted(JsonGenerator json, JobId id, JobState state, Instant createdAt)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id.toString());
        json.writeStringField("state", state.name());
        json.writeStringField("createdAt", TimeText.format(createdAt));
        json.writeEndObject();
    }

    /** An attempt. */
    public static void writeAttempt(JsonGenerator json, AttemptView attempt) throws IOException {
        json.writeStartObject();
        json.writeNumberField("number", attempt.number());
        json.writeNumberField("epoch", attempt.epoch());
        json.writeStringField("state", attempt.state().name());
        json.writeStringField("startedAt", TimeText.format(attempt.startedAt()));
        writeTime(json, "endedAt", attempt.endedAt());
        json.writeStringField("node", attempt.node());
        writeNumber(json, "exitCode", attempt.exitCode());
        writeText(json, "signal", attempt.signal());
        writeError(json, attempt.error());
        json.writeEndObject();
    }

    /** A channel. */
    public static void writeChannel(JsonGenerator json, ChannelView channel) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", channel.name().value());
        json.writeFieldName("spec");
        ChannelSpecJson.write(json, channel.spec());
        json.writeObjectFieldStart("status");
        json.writeStringField("state", channel.state().name());
        writeText(json, "node", channel.node());
        json.writeNumberField("incarnation", channel.incarnation());
        writeCounts(json, channel.jobs());
        json.writeObjectFieldStart("threads");
        json.writeNumberField("active", channel.threadsActive());
        json.writeNumberField("max", channel.spec().threads().max());
        json.writeEndObject();
        json.writeNumberField("processes", channel.processes());
        writeConditions(json, channel.conditions());
        json.writeEndObject();
        json.writeEndObject();
    }

    /** How much output is gone. */
    public static void writeLogsRemoved(JsonGenerator json, long bytes) throws IOException {
        json.writeStartObject();
        json.writeNumberField("bytesRemoved", bytes);
        json.writeEndObject();
    }

    /** A log line, of a job or of a process; {@code id} is its cursor as text. */
    public static void writeLogLine(JsonGenerator json, ChannelName channel, LogLine line) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", Long.toString(line.cursor()));
        json.writeNumberField("cursor", line.cursor());
        json.writeStringField("channel", channel.value());
        writeWriter(json, line.job(), line.processName());
        json.writeNumberField("attempt", line.attempt());
        json.writeStringField("timestamp", TimeText.format(line.timestamp()));
        json.writeStringField("stream", line.stream().wireName());
        json.writeStringField(
                "level", LogLevel.of(line.stream(), line.content()).wireName());
        json.writeBooleanField("isError", line.stream() == LogStream.STDERR);
        json.writeArrayFieldStart("tags");
        json.writeEndArray();
        json.writeBooleanField("isPartial", line.isPartial());
        json.writeStringField("content", line.content());
        json.writeEndObject();
    }

    private static void writeWriter(JsonGenerator json, JobId id, @Nullable ProcessName process) throws IOException {
        writeText(json, "jobId", process == null ? id.toString() : null);
        writeText(json, "processId", process == null ? null : id.toString());
        writeText(json, "processName", process == null ? null : process.value());
    }

    /** A page of a log. {@code nextPageToken} continues it and is null once nothing more was there. */
    public static byte[] logPage(ChannelName channel, LogPage page) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            writeItems(json, page.lines(), (out, line) -> writeLogLine(out, channel, line));
            writeText(json, "nextPageToken", page.isCaughtUp() ? null : Long.toString(page.nextAfter()));
            json.writeStringField("nextAfter", Long.toString(page.nextAfter()));
            json.writeNumberField("missed", page.missed());
            json.writeBooleanField("isComplete", page.isComplete());
            json.writeEndObject();
        });
    }

    /** An event; {@code id} is its cursor. */
    public static void writeEvent(JsonGenerator json, ChannelEventView event) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", event.cursor().toString());
        json.writeStringField("cursor", event.cursor().toString());
        json.writeStringField("channel", event.channel().value());
        json.writeStringField("type", event.type());
        json.writeStringField("time", TimeText.format(event.time()));
        writeText(json, "jobId", event.job() == null ? null : event.job().toString());
        json.writeFieldName("data");
        PlainJson.write(json, event.data());
        json.writeEndObject();
    }

    /**
     * A page of events. {@code nextPageToken} continues it and is null once nothing more was there.
     *
     * @param after the cursor that was asked from
     */
    public static byte[] eventPage(EventPage page, EventCursor after) {
        boolean isCaughtUp = page.events().isEmpty() && page.nextAfter().compareTo(after) <= 0;
        return JsonText.bytes(json -> {
            json.writeStartObject();
            writeItems(json, page.events(), ReplyJson::writeEvent);
            writeText(
                    json, "nextPageToken", isCaughtUp ? null : page.nextAfter().toString());
            json.writeStringField("nextAfter", page.nextAfter().toString());
            json.writeNumberField("missed", page.missed());
            json.writeEndObject();
        });
    }

    /** A text field, null if there is none. */
    public static void writeText(JsonGenerator json, String field, @Nullable String text) throws IOException {
        if (text == null) {
            json.writeNullField(field);
        } else {
            json.writeStringField(field, text);
        }
    }

    /** A time field, null if there is none. */
    public static void writeTime(JsonGenerator json, String field, @Nullable Instant time) throws IOException {
        writeText(json, field, time == null ? null : TimeText.format(time));
    }

    /** Absent for work of a kind that only a later version knows. */
    private static @Nullable JobSpec storedSpec(JobView job) {
        try {
            return JobSpecReader.readStored(job.specJson().getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static void writeNumber(JsonGenerator json, String field, @Nullable Integer number) throws IOException {
        if (number == null) {
            json.writeNullField(field);
        } else {
            json.writeNumberField(field, number);
        }
    }

    private static void writeOutcome(JsonGenerator json, JobView job) throws IOException {
        if (job.kind() == JobKind.PROCESS) {
            writeNumber(json, "exitCode", job.exitCode());
            writeText(json, "signal", job.signal());
        } else {
            json.writeNullField("exitCode");
            json.writeNullField("signal");
        }
        json.writeFieldName("result");
        if (job.resultJson() == null) {
            json.writeNull();
        } else {
            json.writeRawValue(job.resultJson());
        }
        writeError(json, job.error());
    }

    static void writeError(JsonGenerator json, @Nullable Problem error) throws IOException {
        json.writeFieldName("error");
        if (error == null) {
            json.writeNull();
        } else {
            ProblemJson.write(json, error);
        }
    }

    private static void writeProgress(JsonGenerator json, @Nullable Progress progress) throws IOException {
        json.writeFieldName("progress");
        if (progress == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeNumberField("completed", progress.completed());
        if (progress.total() == null) {
            json.writeNullField("total");
        } else {
            json.writeNumberField("total", progress.total());
        }
        json.writeStringField("phase", progress.phase());
        json.writeStringField("startTime", TimeText.format(progress.startTime()));
        json.writeEndObject();
    }

    static void writeConditions(JsonGenerator json, List<Condition> conditions) throws IOException {
        json.writeArrayFieldStart("conditions");
        for (Condition condition : conditions) {
            json.writeStartObject();
            json.writeStringField("type", condition.type());
            json.writeStringField("message", condition.message());
            json.writeStringField("since", TimeText.format(condition.since()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeCounts(JsonGenerator json, JobCounts counts) throws IOException {
        json.writeObjectFieldStart("jobs");
        json.writeNumberField("queued", counts.queued());
        json.writeNumberField("running", counts.running());
        json.writeNumberField("scheduled", counts.scheduled());
        json.writeNumberField("blocked", counts.blocked());
        json.writeNumberField("succeeded", counts.succeeded());
        json.writeNumberField("failed", counts.failed());
        json.writeNumberField("cancelled", counts.cancelled());
        json.writeNumberField("lost", counts.lost());
        json.writeEndObject();
    }

    /** Whole numbers without a fraction, so that a count reads as one. */
    private static void writeTotal(JsonGenerator json, double value) throws IOException {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            json.writeNull();
        } else if (value == Math.rint(value) && Math.abs(value) < Long.MAX_VALUE) {
            json.writeNumber((long) value);
        } else {
            json.writeNumber(value);
        }
    }
}
