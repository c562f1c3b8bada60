package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.RetryPolicy;
import io.millrace.contracts.lock.LockName;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes job specifications. Stored text leaves out what has its default, because a channel keeps a million of them in
 * memory and in its journal; a user is shown everything the specification may have, which leaves out the trace it was
 * submitted in.
 */
final class JobSpecJson {
    /** Comes with a request as a header; only stored text has it as a field. */
    static final String TRACEPARENT = "traceparent";

    /** How much is written. */
    enum Form {
        /** Only what differs from the default. */
        STORED,
        /** Everything. */
        SHOWN
    }

    static void write(JsonGenerator json, JobSpec job, Form form) throws IOException {
        boolean isShown = form == Form.SHOWN;
        json.writeStartObject();
        json.writeStringField("kind", job.work().kind().wireName());
        WorkJson.writeField(json, job.work(), form);
        if (isShown || !job.name().isEmpty()) {
            json.writeStringField("name", job.name());
        }
        if (isShown || job.priority() != Priority.MEDIUM) {
            json.writeStringField("priority", job.priority().wireName());
        }
        writeTimes(json, job);
        if (isShown || !job.retry().equals(RetryPolicy.NONE)) {
            writeRetry(json, job.retry());
        }
        if (isShown || job.delivery() != Delivery.AT_LEAST_ONCE) {
            json.writeStringField("delivery", job.delivery().wireName());
        }
        if (isShown || !job.resources().isEmpty()) {
            writeResources(json, job);
        }
        if (isShown || !job.locks().isEmpty()) {
            writeLocks(json, job);
        }
        if (isShown || !job.cleanup().isEmpty()) {
            writeCleanup(json, job, form);
        }
        if (job.progressTotal() != null) {
            json.writeNumberField("progressTotal", job.progressTotal());
        }
        if (isShown || !job.labels().isEmpty()) {
            writeStrings(json, "labels", job.labels());
        }
        if (!isShown && job.traceparent() != null) {
            json.writeStringField(TRACEPARENT, job.traceparent());
        }
        json.writeEndObject();
    }

    /** A map of strings in the order of its keys, so that the same value is always the same text. */
    static void writeStrings(JsonGenerator json, String field, Map<String, String> strings) throws IOException {
        json.writeObjectFieldStart(field);
        Map<String, String> sorted = strings.size() < 2 ? strings : new TreeMap<>(strings);
        for (Map.Entry<String, String> entry : sorted.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    /** A size: whole megabytes as text, anything else as a number of bytes. */
    static void writeSize(JsonGenerator json, String field, long bytes) throws IOException {
        if (bytes > 0 && bytes % SizeText.MEGABYTE == 0) {
            json.writeStringField(field, bytes / SizeText.MEGABYTE + "MB");
        } else {
            json.writeNumberField(field, bytes);
        }
    }

    private static void writeTimes(JsonGenerator json, JobSpec job) throws IOException {
        if (job.timeout() != null) {
            json.writeStringField("timeout", DurationText.format(job.timeout()));
        }
        if (job.queueTimeout() != null) {
            json.writeStringField("queueTimeout", DurationText.format(job.queueTimeout()));
        }
        if (job.notBefore() != null) {
            json.writeStringField("notBefore", TimeText.format(job.notBefore()));
        }
    }

    private static void writeRetry(JsonGenerator json, RetryPolicy retry) throws IOException {
        json.writeObjectFieldStart("retry");
        json.writeNumberField("maxAttempts", retry.maxAttempts());
        json.writeStringField("initialDelay", DurationText.format(retry.initialDelay()));
        writeDecimal(json, "factor", retry.factor());
        json.writeStringField("maxDelay", DurationText.format(retry.maxDelay()));
        writeDecimal(json, "jitter", retry.jitter());
        json.writeObjectFieldStart("exitCodes");
        json.writeArrayFieldStart("noRetry");
        for (int code : retry.noRetryExitCodes()) {
            json.writeNumber(code);
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeResources(JsonGenerator json, JobSpec job) throws IOException {
        json.writeArrayFieldStart("resources");
        for (ResourceRequest resource : job.resources()) {
            json.writeStartObject();
            json.writeStringField("type", resource.type().wireName());
            writeSize(json, "size", resource.size());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeLocks(JsonGenerator json, JobSpec job) throws IOException {
        json.writeArrayFieldStart("locks");
        for (LockName lock : job.locks()) {
            json.writeString(lock.value());
        }
        json.writeEndArray();
    }

    private static void writeCleanup(JsonGenerator json, JobSpec job, Form form) throws IOException {
        json.writeArrayFieldStart("cleanup");
        for (CleanupTask task : job.cleanup()) {
            CleanupTaskJson.writeOfJob(json, task, form);
        }
        json.writeEndArray();
    }

    static void writeDecimal(JsonGenerator json, String field, double value) throws IOException {
        if (value == Math.rint(value)) {
            json.writeNumberField(field, (long) value);
        } else {
            json.writeNumberField(field, value);
        }
    }

    private JobSpecJson() {}
}
