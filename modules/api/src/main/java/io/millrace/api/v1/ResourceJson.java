package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what is said of resources (HTTP contract, section 5). A field that has no value is written as null. */
public final class ResourceJson {
    private ResourceJson() {}

    /** A resource. */
    public static void writeResource(JsonGenerator json, ResourceView resource) throws IOException {
        Handle handle = resource.handle();
        json.writeStartObject();
        json.writeStringField("id", handle.id());
        json.writeStringField("handle", HandleText.format(handle));
        json.writeStringField("type", resource.type().wireName());
        json.writeNumberField("amount", resource.amount());
        json.writeNumberField("requested", resource.requested());
        ReplyJson.writeText(json, "tier", tierName(resource.tier()));
        json.writeStringField("channel", handle.channel().value());
        json.writeNumberField("incarnation", handle.incarnation());
        json.writeStringField("node", handle.node());
        json.writeStringField("state", resource.state().name());
        HandleJson.writeOwner(json, resource.owner());
        ReplyJson.writeTime(json, "acquired", resource.acquired());
        ReplyJson.writeTime(json, "expiresAt", resource.expiresAt());
        ReplyJson.writeTime(json, "released", resource.released());
        ReplyJson.writeText(
                json,
                "reason",
                resource.reason() == null ? null : resource.reason().name());
        writeHistory(json, resource.history());
        json.writeEndObject();
    }

    /** Whether giving a resource back changed anything. */
    public static void writeReleased(JsonGenerator json, boolean released) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("released", released);
        json.writeEndObject();
    }

    /** How a resource was used. */
    public static void writeUsage(JsonGenerator json, ResourceUsage usage) throws IOException {
        json.writeStartObject();
        json.writeStringField("waited", DurationText.formatMeasured(usage.waited()));
        json.writeStringField("held", DurationText.formatMeasured(usage.held()));
        json.writeNumberField("uses", usage.uses());
        json.writeNumberField("bytesWritten", usage.bytesWritten());
        json.writeNumberField("bytesRead", usage.bytesRead());
        json.writeNumberField("peakBytes", usage.peakBytes());
        ReplyJson.writeTime(json, "lastUsed", usage.lastUsed());
        json.writeEndObject();
    }

    /** Whether a resource is back. */
    public static void writeCleanup(JsonGenerator json, CleanupCheck check) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("complete", check.complete());
        json.writeStringField("state", check.state().name());
        json.writeStringField("detail", check.detail());
        json.writeEndObject();
    }

    /** How much of a type a channel may hold. */
    public static void writeLimit(JsonGenerator json, ResourceLimit limit) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", limit.type().wireName());
        json.writeNumberField("limit", limit.limit());
        json.writeStringField("unit", unit(limit.type()));
        json.writeNumberField("nodeLimit", limit.nodeLimit());
        json.writeNumberField("inUse", limit.inUse());
        writeTiers(json, limit.tiers(), (out, count) -> out.writeNumber((int) count));
        json.writeEndObject();
    }

    /** Numbers of every type, by its name. */
    public static void writeMetrics(JsonGenerator json, List<ResourceMetrics> metrics) throws IOException {
        json.writeStartObject();
        for (ResourceMetrics ofType : metrics) {
            json.writeObjectFieldStart(ofType.type().wireName());
            writeTotals(json, ofType.totals());
            writeTiers(json, ofType.tiers(), (out, totals) -> {
                out.writeStartObject();
                writeTotals(out, totals);
                out.writeEndObject();
            });
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeTotals(JsonGenerator json, ResourceMetrics.Totals totals) throws IOException {
        json.writeNumberField("limit", totals.limit());
        json.writeNumberField("available", totals.available());
        json.writeNumberField("inUse", totals.inUse());
        json.writeNumberField("peak", totals.peak());
        json.writeNumberField("waiters", totals.waiters());
        json.writeNumberField("granted", totals.granted());
        json.writeNumberField("released", totals.released());
        json.writeNumberField("refused", totals.refused());
        json.writeNumberField("reuse", totals.reuse());
        json.writeNumberField("fragmentation", totals.fragmentation());
        json.writeNumberField("waste", totals.waste());
    }

    private static <T> void writeTiers(JsonGenerator json, Map<BufferTier, T> tiers, ReplyJson.ItemWriter<T> writer)
            throws IOException {
        if (tiers.isEmpty()) {
            json.writeNullField("tiers");
            return;
        }
        json.writeObjectFieldStart("tiers");
        for (BufferTier tier : BufferTier.values()) {
            T value = tiers.get(tier);
            if (value != null) {
                json.writeFieldName(tier.wireName());
                writer.write(json, value);
            }
        }
        json.writeEndObject();
    }

    private static void writeHistory(JsonGenerator json, List<ResourceView.Step> history) throws IOException {
        json.writeArrayFieldStart("history");
        for (ResourceView.Step step : history) {
            json.writeStartObject();
            json.writeStringField("state", step.state().name());
            json.writeStringField("at", TimeText.format(step.at()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static @Nullable String tierName(@Nullable BufferTier tier) {
        return tier == null ? null : tier.wireName();
    }

    private static String unit(ResourceType type) {
        return switch (type) {
            case BUFFER, MEMORY -> "bytes";
            case THREADS, CHANNELS, FILES, PROCESSES -> "count";
        };
    }
}
