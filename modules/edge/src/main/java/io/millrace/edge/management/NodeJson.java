package io.millrace.edge.management;

import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.management.UnixOperatingSystemMXBean;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.TimeText;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Instant;

/** Writes what a node says about itself. */
final class NodeJson {
    private static final String MASKED = "********";

    private NodeJson() {}

    /** The node: what it is, what it uses, what it depends on. */
    static byte[] node(NodeReport node, Instant now) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("node", node.name());
            json.writeStringField("version", node.version());
            json.writeStringField("startedAt", TimeText.format(node.startedAt()));
            json.writeNumberField(
                    "uptimeSeconds", now.getEpochSecond() - node.startedAt().getEpochSecond());
            json.writeNumberField("pid", ProcessHandle.current().pid());
            json.writeStringField("java", Runtime.version().toString());
            json.writeNumberField("processors", Runtime.getRuntime().availableProcessors());
            writeHeap(json, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
            var threads = ManagementFactory.getThreadMXBean();
            json.writeObjectFieldStart("threads");
            json.writeNumberField("current", threads.getThreadCount());
            json.writeNumberField("peak", threads.getPeakThreadCount());
            json.writeEndObject();
            writeDescriptors(json);
            json.writeObjectFieldStart("connections");
            json.writeNumberField("http", node.httpConnections());
            json.writeEndObject();
            writeDatabase(json, node.database());
            json.writeFieldName("details");
            json.writeRawValue(JsonText.plain(node.details()));
            json.writeEndObject();
        });
    }

    /** Settings in effect and where each came from; the value of a secret is never written. */
    static void writeSetting(JsonGenerator json, NodeReport.Setting setting) throws IOException {
        json.writeStartObject();
        json.writeStringField("key", setting.key());
        json.writeStringField("value", setting.isSecret() ? MASKED : setting.value());
        json.writeStringField("source", setting.source());
        json.writeEndObject();
    }

    private static void writeHeap(JsonGenerator json, MemoryUsage heap) throws IOException {
        json.writeObjectFieldStart("heap");
        json.writeNumberField("usedBytes", heap.getUsed());
        json.writeNumberField("committedBytes", heap.getCommitted());
        json.writeNumberField("maxBytes", heap.getMax());
        json.writeEndObject();
    }

    private static void writeDescriptors(JsonGenerator json) throws IOException {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            json.writeObjectFieldStart("descriptors");
            json.writeNumberField("open", system.getOpenFileDescriptorCount());
            json.writeNumberField("max", system.getMaxFileDescriptorCount());
            json.writeEndObject();
        }
    }

    private static void writeDatabase(JsonGenerator json, NodeReport.Database database) throws IOException {
        json.writeObjectFieldStart("database");
        json.writeStringField("kind", database.kind());
        json.writeStringField("address", database.address());
        ReplyJson.writeText(json, "version", database.version());
        json.writeBooleanField("reachable", database.isReachable());
        json.writeObjectFieldStart("connections");
        json.writeNumberField("active", database.connectionsActive());
        json.writeNumberField("max", database.connectionsMax());
        json.writeEndObject();
        json.writeEndObject();
    }
}
