package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.channel.handler.context.ThreadMeter;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What the thread manager's operations cost a caller over HTTP, asked at the one node there is (local) and at a node of
 * three that does not own the channel (remote), in one run.
 */
@Proves({"T-13", "T-14", "T-15", "T-16", "T-17", "T-20", "T-22", "T-47", "T-55", "T-57", "T-58"})
final class ThreadsBenchmark implements Bench.Measurement {
    private static final String NOOP = "{\"handler\":\"noop\"}";
    private static final String CLOCK = "{\"handler\":\"clock\"}";
    private static final String SLEEP = "{\"handler\":\"sleep\",\"input\":{\"duration\":\"10m\"}}";
    private static final int WORKERS = 20;
    private static final int SHORT_THREADS = 1_000;
    private static final int TRACKED_RUNS = 100_000;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            setting.node().api().put("/v1/channels/threads", "{}");
            measureIn("local", "threads", caller, report);
            measureCostOfName(caller, report);
        }
        measureReuse(setting, report);
        measureTracking(report);
        try (ClusterUnderTest cluster =
                        ClusterUnderTest.start(setting.project(), setting.data().resolve("threads-cluster"));
                HttpCaller caller = new HttpCaller(cluster.apiPort())) {
            measureIn("remote", cluster.remoteChannel(), caller, report);
        }
    }

    private static void measureIn(String place, String channel, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        String threads = "/v1/channels/" + channel + "/threads";
        Latencies.report(report, "create a thread, " + place, 20, Latencies.measure(_ -> caller.post(threads, NOOP)));
        Latencies.report(report, "end a cooperative thread, " + place, 100, terminate(threads, caller));
        Latencies.report(report, "create to first instruction, " + place, 2, toFirstInstruction(threads, caller));
        validate(place, 1, threads, caller, report);
        List<String> workers = fill(threads, caller);
        validate(place, WORKERS, threads, caller, report);
        Latencies.report(
                report,
                "verify isolation, " + WORKERS + " workers, " + place,
                15,
                Latencies.measure(_ -> caller.post(threads + ":verifyIsolation", "")));
        for (String worker : workers) {
            caller.delete(threads + "/" + worker);
        }
    }

    private static Histogram terminate(String threads, HttpCaller caller) throws IOException, InterruptedException {
        List<String> waiting = new ArrayList<>();
        waiting.add(caller.post(threads, SLEEP).text("id"));
        return Latencies.measure(_ -> caller.delete(threads + "/" + waiting.removeLast()), reply -> {
            if (!reply.body().contains("\"terminated\":true")) {
                throw new IllegalStateException("a thread did not end: " + reply.body());
            }
            waiting.add(caller.post(threads, SLEEP).text("id"));
        });
    }

    /** The handler answers with the machine's monotonic time, which this process reads too. */
    private static Histogram toFirstInstruction(String threads, HttpCaller caller)
            throws IOException, InterruptedException {
        Histogram latency = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        for (int n = 0; n < 1_500; n++) {
            long sent = System.nanoTime();
            String thread = threads + "/" + caller.post(threads, CLOCK).text("id");
            JsonNode ended = awaitEnded(caller, thread);
            if (n >= 500) {
                latency.recordValue(
                        Math.max(0, ended.at("/result/monotonicNanos").asLong() - sent));
            }
        }
        return latency;
    }

    private static JsonNode awaitEnded(HttpCaller caller, String thread) throws IOException, InterruptedException {
        while (true) {
            JsonNode shown = Api.parse(caller.get(thread).body());
            if (shown.path("state").asText().equals("ENDED")) {
                return shown;
            }
            TimeUnit.MICROSECONDS.sleep(200);
        }
    }

    private static void validate(String place, int workers, String threads, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        String thread = caller.post(threads, SLEEP).text("id");
        Latencies.report(
                report,
                "validate a handle, " + workers + (workers == 1 ? " worker, " : " workers, ") + place,
                20,
                Latencies.measure(_ -> caller.post(threads + "/" + thread + ":validate", "")));
        caller.delete(threads + "/" + thread);
    }

    private static List<String> fill(String threads, HttpCaller caller) throws IOException {
        List<String> workers = new ArrayList<>();
        for (int n = 0; n < WORKERS; n++) {
            workers.add(caller.post(threads, SLEEP).text("id"));
        }
        return workers;
    }

    /** The same operation in the channel that needs no name and in a named one. */
    private static void measureCostOfName(HttpCaller caller, Report report) throws IOException, InterruptedException {
        Histogram unnamed = Latencies.measure(_ -> caller.post("/v1/channels/default/threads", NOOP));
        Histogram named = Latencies.measure(_ -> caller.post("/v1/channels/threads/threads", NOOP));
        report.atMost(
                "naming a channel adds, p99",
                "ms",
                10,
                Math.max(0, Latencies.milliseconds(named, 99) - Latencies.milliseconds(unnamed, 99)),
                "default " + Latencies.detail(unnamed) + "; named " + Latencies.detail(named));
    }

    private static void measureReuse(Bench.Setting setting, Report report) throws IOException {
        Path tasks = Path.of("/proc", Long.toString(setting.node().pid()), "task");
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            String threads = "/v1/channels/reuse/threads";
            setting.node().api().put("/v1/channels/reuse", "{}");
            caller.post(threads, NOOP);
            int before = count(tasks);
            for (int n = 0; n < SHORT_THREADS; n++) {
                caller.post(threads, NOOP);
            }
            report.atMost(
                    "threads of the JVM added by 1,000 short ones", "threads", WORKERS, count(tasks) - before, "");
        }
    }

    /** What measuring its thread adds to a run: the same run with and without, taking turns. */
    private static void measureTracking(Report report) {
        Histogram bare = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        Histogram tracked = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        for (int n = 0; n < TRACKED_RUNS; n++) {
            long started = System.nanoTime();
            Thread.onSpinWait();
            bare.recordValue(System.nanoTime() - started);
            started = System.nanoTime();
            ThreadMeter meter = new ThreadMeter();
            Thread.onSpinWait();
            if (meter.sinceStart().allocatedBytes() < 0) {
                throw new IllegalStateException("a run gave memory back");
            }
            tracked.recordValue(System.nanoTime() - started);
        }
        report.atMost(
                "measuring a thread adds to each run, p99",
                "ms",
                5,
                Math.max(0, Latencies.milliseconds(tracked, 99) - Latencies.milliseconds(bare, 99)),
                String.format(
                        Locale.ROOT,
                        "with p50 %.1f p99 %.1f us, without p50 %.1f p99 %.1f us",
                        tracked.getValueAtPercentile(50) / 1e3,
                        tracked.getValueAtPercentile(99) / 1e3,
                        bare.getValueAtPercentile(50) / 1e3,
                        bare.getValueAtPercentile(99) / 1e3));
    }

    private static int count(Path tasks) {
        String[] names = tasks.toFile().list();
        return names == null ? 0 : names.length;
    }
}
