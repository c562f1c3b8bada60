package io.millrace.benchmarks;

import java.io.File;
import java.io.IOException;
import java.util.Locale;

/**
 * One job that prints as fast as the node reads, beside the same program with its output thrown away; and what the heap of
 * the node pays for it. Of output beyond the quota the head and the tail are stored, so the heap bytes of a job whose
 * output is stored whole are measured too: they hold the stored block, its way into the database and nothing that grows
 * with the reading.
 */
final class OutputBenchmark implements Bench.Measurement {
    private static final String CHANNEL = "/v1/channels/output";
    private static final int LINE_BYTES = 64;
    private static final long STORED_WHOLE_BYTES = 12L << 20;
    private static final int ROUNDS_STORED_WHOLE = 4;
    private static final double HEAP_BYTES_PER_OUTPUT_BYTE_MAX = 1.5;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        long bytes = Math.max(200_000_000L, setting.scale() * 5_000L) / LINE_BYTES * LINE_BYTES;
        setting.node().api().put(CHANNEL, "{}");
        print(setting, bytes / 4);
        Printed cut = print(setting, bytes);
        String detail = String.format(Locale.ROOT, "%d MB in lines of %d bytes", bytes / 1_000_000, LINE_BYTES);
        report.baseline("output of one job", "MB/s", cut.bytesPerSecond() / 1e6, detail);
        report.baseline("output of one job, lines", "lines/s", cut.bytesPerSecond() / LINE_BYTES, "");
        report.baseline("the same program, output read by nobody", "MB/s", bare(bytes) / 1e6, "");
        report.atMost(
                "heap bytes allocated per byte of output",
                "bytes",
                HEAP_BYTES_PER_OUTPUT_BYTE_MAX,
                cut.heapBytesPerByte(),
                "first and last part stored");
        report.baseline(
                "heap bytes per byte of output, stored whole",
                "bytes",
                storedWhole(setting),
                String.format(Locale.ROOT, "%d jobs of %d MiB", ROUNDS_STORED_WHOLE, STORED_WHOLE_BYTES >> 20));
    }

    private static double storedWhole(Bench.Setting setting) {
        double sum = 0;
        for (int round = 0; round < ROUNDS_STORED_WHOLE; round++) {
            sum += print(setting, STORED_WHOLE_BYTES).heapBytesPerByte();
        }
        return sum / ROUNDS_STORED_WHOLE;
    }

    /** Runs the job to its end. One request waits for it, so that asking costs the node nothing meanwhile. */
    private static Printed print(Bench.Setting setting, long bytes) {
        Api api = setting.node().api();
        double heapBefore = heapBytes(setting);
        long before = System.nanoTime();
        String id = api.post(
                        CHANNEL + "/jobs", "{\"process\":{\"command\":[\"sh\",\"-c\",\"" + program(bytes) + "\"]}}")
                .path("id")
                .asText();
        String state = api.get(CHANNEL + "/jobs/" + id + ":wait?timeout=5m")
                .path("state")
                .asText();
        if (!state.equals("SUCCEEDED")) {
            throw new IllegalStateException("The job that prints is " + state + " instead of SUCCEEDED.");
        }
        long nanos = System.nanoTime() - before;
        return new Printed(bytes, nanos, heapBytes(setting) - heapBefore);
    }

    private static double heapBytes(Bench.Setting setting) {
        return setting.node().management().metric("jvm_memory_heap_allocated_bytes_total");
    }

    private static double bare(long bytes) throws IOException, InterruptedException {
        long before = System.nanoTime();
        Process process = new ProcessBuilder("sh", "-c", program(bytes) + " | cat")
                .redirectOutput(new File("/dev/null"))
                .start();
        process.waitFor();
        return bytes / ((System.nanoTime() - before) / 1e9);
    }

    private static String program(long bytes) {
        return "yes " + "x".repeat(LINE_BYTES - 1) + " | head -c " + bytes;
    }

    /** What a job printed and what that cost. */
    private record Printed(long bytes, long nanos, double heapBytes) {
        double bytesPerSecond() {
            return bytes / (nanos / 1e9);
        }

        double heapBytesPerByte() {
            return heapBytes / bytes;
        }
    }
}
