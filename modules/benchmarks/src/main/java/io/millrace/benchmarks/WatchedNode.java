package io.millrace.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One node of a soak: what its JVM held at the beginning and holds at the end, and the trend in between. */
final class WatchedNode {
    private static final double BYTES_PER_MB = 1 << 20;
    private static final long COLLECTION_SECONDS_MAX = 30;

    private final ClusterUnderTest.Node node;
    private final Api management;
    private final Trend heap = new Trend();
    private Held first = new Held(0, 0, 0);
    private Held last = first;

    private record Held(double heapMegabytes, double threads, double descriptors) {}

    WatchedNode(ClusterUnderTest.Node node) {
        this.node = node;
        this.management = new Api(node.managementPort());
    }

    String name() {
        return node.name();
    }

    /** At rest, after the warm-up. The first question makes connections of its own, so the second one counts. */
    void begin() {
        var _ = now();
        first = now();
    }

    void sample() {
        heap.add(System.nanoTime() / 1e9, now().heapMegabytes);
    }

    /** At rest, after the load. */
    void end() {
        last = now();
    }

    private Held now() {
        collect();
        return new Held(
                management.metric("jvm_memory_heap_used_bytes") / BYTES_PER_MB,
                management.metric("jvm_threads_current"),
                management.metric("process_open_fds"));
    }

    /** What is in use right after a full collection is what is alive. */
    private void collect() {
        try {
            Process process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(node.pid()),
                            "GC.run"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(COLLECTION_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException("jcmd could not collect the garbage of " + node.name());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a node collected its garbage", e);
        }
    }

    /** A value of the node's metrics, its labels added up. */
    double metric(String name) {
        return management.metric(name);
    }

    double heapGrown() {
        return last.heapMegabytes - first.heapMegabytes;
    }

    /** Live heap in megabytes, as sampled under load. */
    Trend heap() {
        return heap;
    }

    String heapShown() {
        return String.format(Locale.ROOT, "from %.1f to %.1f MB", first.heapMegabytes, last.heapMegabytes);
    }

    double threadsGrown() {
        return last.threads - first.threads;
    }

    double descriptorsGrown() {
        return last.descriptors - first.descriptors;
    }
}
