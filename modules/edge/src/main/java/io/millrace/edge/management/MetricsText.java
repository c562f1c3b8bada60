package io.millrace.edge.management;

import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.millrace.channel.Instruments;
import io.millrace.edge.http.HttpMetrics;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All measurements of a node in the text format of Prometheus. */
final class MetricsText {
    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final PrometheusTextFormatWriter WRITER = PrometheusTextFormatWriter.create();

    private final NodeReport node;
    private final Instruments instruments;
    private final HttpMetrics http;

    MetricsText(NodeReport node, Instruments instruments, HttpMetrics http) {
        this.node = node;
        this.instruments = instruments;
        this.http = http;
    }

    byte[] bytes() {
        List<MetricSnapshot> all = new ArrayList<>();
        addJvm(all);
        addNode(all);
        all.addAll(http.collect());
        addInstruments(all);
        ByteArrayOutputStream out = new ByteArrayOutputStream(16 * 1024);
        try {
            WRITER.write(out, new MetricSnapshots(all), EscapingScheme.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void addJvm(List<MetricSnapshot> all) {
        var memory = ManagementFactory.getMemoryMXBean();
        all.add(gauge("jvm_memory_heap_used_bytes", "Heap in use.", (double)
                memory.getHeapMemoryUsage().getUsed()));
        all.add(gauge("jvm_memory_heap_max_bytes", "Heap there may be.", (double)
                memory.getHeapMemoryUsage().getMax()));
        all.add(gauge("jvm_memory_nonheap_used_bytes", "Memory of the JVM beside the heap.", (double)
                memory.getNonHeapMemoryUsage().getUsed()));
        if (ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads) {
            all.add(counter(
                    "jvm_memory_heap_allocated_bytes",
                    "Heap bytes all threads have allocated since the start.",
                    (double) threads.getTotalThreadAllocatedBytes()));
        }
        all.add(gauge(
                "jvm_threads_current",
                "Platform threads.",
                ManagementFactory.getThreadMXBean().getThreadCount()));
        long collections = 0;
        long collectionMillis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += Math.max(0, collector.getCollectionCount());
            collectionMillis += Math.max(0, collector.getCollectionTime());
        }
        all.add(counter("jvm_gc_collections", "Garbage collections.", (double) collections));
        all.add(counter("jvm_gc_collection_seconds", "Time of garbage collections.", collectionMillis / 1e3));
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            all.add(counter("process_cpu_seconds", "Processor time.", system.getProcessCpuTime() / 1e9));
            all.add(gauge("process_open_fds", "Open descriptors.", (double) system.getOpenFileDescriptorCount()));
            all.add(gauge("process_max_fds", "Descriptors there may be.", (double) system.getMaxFileDescriptorCount()));
        }
    }

    private void addNode(List<MetricSnapshot> all) {
        NodeReport.Database database = node.database();
        all.add(gauge("millrace_http_connections", "Open connections of the HTTP API.", node.httpConnections()));
        all.add(gauge(
                "millrace_database_up",
                "1 if the last use of the database succeeded.",
                database.isReachable() ? 1 : 0));
        all.add(gauge(
                "millrace_database_connections_active", "Database connections in use.", database.connectionsActive()));
        all.add(gauge(
                "process_start_time_seconds",
                "When the node started, since the epoch.",
                node.startedAt().toEpochMilli() / 1e3));
        all.add(GaugeSnapshot.builder()
                .name("millrace_node")
                .help("1; the labels say which node and version this is.")
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("node", node.name(), "version", node.version()))
                        .value(1)
                        .build())
                .build());
    }

    private void addInstruments(List<MetricSnapshot> all) {
        Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
        Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
        for (Instruments.Instrument instrument : instruments.all()) {
            switch (instrument) {
                case Instruments.Counter counter ->
                    counters.computeIfAbsent(
                                    withoutTotal(counter.name()),
                                    name -> CounterSnapshot.builder().name(name).help(counter.help()))
                            .dataPoint(point(counter.labels(), (double) counter.value()));
                case Instruments.Gauge gauge ->
                    gauges.computeIfAbsent(
                                    gauge.name(),
                                    name -> GaugeSnapshot.builder().name(name).help(gauge.help()))
                            .dataPoint(point(gauge));
                case Instruments.GaugeGroup group -> all.add(gauges(group));
                case Instruments.Histogram histogram -> all.add(histogram(histogram));
            }
        }
        counters.values().forEach(builder -> all.add(builder.build()));
        gauges.values().forEach(builder -> all.add(builder.build()));
    }

    private static HistogramSnapshot histogram(Instruments.Histogram histogram) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        double[] bounds = histogram.bounds();
        long[] counts = histogram.counts();
        for (int i = 0; i < counts.length; i++) {
            buckets.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts[i]);
        }
        return HistogramSnapshot.builder()
                .name(histogram.name())
                .help(histogram.help())
                .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(histogram.sum())
                        .build())
                .build();
    }

    private static GaugeSnapshot gauges(Instruments.GaugeGroup group) {
        GaugeSnapshot.Builder gauges =
                GaugeSnapshot.builder().name(group.name()).help(group.help());
        for (Instruments.GaugeGroup.Point point : group.points()) {
            Labels.Builder labels = Labels.builder();
            point.labels().forEach(labels::label);
            gauges.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                    .labels(labels.build())
                    .value(point.value())
                    .build());
        }
        return gauges.build();
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .value(value)
                        .build())
                .build();
    }

    private static CounterSnapshot counter(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(Map.of(), value))
                .build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot point(Instruments.Gauge gauge) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(labels(gauge.labels()))
                .value((double) gauge.value())
                .build();
    }

    private static CounterSnapshot.CounterDataPointSnapshot point(Map<String, String> labels, double value) {
        return CounterSnapshot.CounterDataPointSnapshot.builder()
                .labels(labels(labels))
                .value(value)
                .build();
    }

    private static Labels labels(Map<String, String> labels) {
        Labels.Builder builder = Labels.builder();
        labels.forEach(builder::label);
        return builder.build();
    }

    /** The writer adds the suffix itself. */
    private static String withoutTotal(String name) {
        return name.endsWith("_total") ? name.substring(0, name.length() - "_total".length()) : name;
    }
}
