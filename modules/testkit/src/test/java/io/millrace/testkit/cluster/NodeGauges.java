package io.millrace.testkit.cluster;

/** Numbers of a node as Prometheus reads them. */
final class NodeGauges {
    private NodeGauges() {}

    /** Resources that the channels of a node hold or wait for. */
    static long resourcesHeld(ForkedNode node) {
        return value(node, "millrace_resources_held");
    }

    /** Off-heap memory of the buffers that are granted on a node. */
    static long bufferBytesInUse(ForkedNode node) {
        return value(node, "millrace_buffer_in_use_bytes");
    }

    private static long value(ForkedNode node, String gauge) {
        return node.management()
                .get("/metrics")
                .expect(200)
                .asText()
                .lines()
                .filter(line -> line.startsWith(gauge + " ") || line.startsWith(gauge + "{"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + gauge + " of " + node.name()));
    }
}
