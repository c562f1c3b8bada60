package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes under a mixed load from many callers, watched for what only grows: live heap, threads, descriptors, and
 * entries in the ledgers of what is held. What is there after a warm-up is compared with what is there at the end, both
 * at rest and after a full collection; in between, samples give the trend.
 *
 * <p>Short runs judge the growth: over a minute, the noise of one sample alone would be hundreds of megabytes an hour. The
 * slope is judged from {@link #SLOPE_SECONDS_MIN} on. Whether it is below 1 MB an hour can be told only as exactly as the
 * samples allow, so the growth that is left when twice the slope's standard error is subtracted is what is judged; the
 * longer the run, the smaller the error.
 */
@Proves({"G-67", "G-72", "G-73", "R-19"})
final class SoakBenchmark implements Bench.Measurement {
    /** Measured intervals in one run: a minute when short, and four minutes otherwise. */
    private static final int INTERVALS = 15;

    static final long SLOPE_SECONDS_MIN = TimeUnit.MINUTES.toSeconds(20);
    private static final int SAMPLES = 10;

    /** Long runs take more samples, because the error of the slope shrinks with their number. */
    private static final long SAMPLE_SECONDS_MAX = 15;

    private static final double SLOPE_MB_PER_HOUR_MAX = 20;
    private static final double CERTAIN_GROWTH_MB_PER_HOUR_MAX = 1;
    private static final double GROWTH_MB_MAX = 16;
    private static final double GROWTH_THREADS_MAX = 8;

    /** A node opens connections to its database as it needs them, and the warm-up may not have needed all. */
    private static final double GROWTH_DESCRIPTORS_MAX = 16;

    private static final long REST_SECONDS_MAX = 60;

    /** Connections by which the measurement itself asks a node. */
    private static final int OWN_CONNECTIONS_MAX = 2;

    /** What is held while work runs, and must be zero when nothing does. */
    private static final List<String> HELD = List.of(
            "millrace_slots_busy",
            "millrace_slots_quarantined",
            "millrace_handlers_running",
            "millrace_processes_running",
            "millrace_leases",
            "millrace_lock_waiters",
            "millrace_resources_held");

    private static final List<String> DEFECTS = List.of(
            "millrace_workers_crashed_total",
            "millrace_managers_restarted_total",
            "millrace_cleanups_failed_total",
            "millrace_commit_failures_total",
            "millrace_resource_isolation_breaches_total",
            "millrace_resources_reclaimed_total");

    private static final List<String> ENDED = List.of("succeeded", "failed", "cancelled", "lost");

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (ClusterUnderTest cluster =
                ClusterUnderTest.start(setting.project(), setting.data().resolve("soak-cluster"))) {
            measure(cluster, (long) INTERVALS * setting.seconds(), report);
        }
    }

    /** @param seconds of load, of which the first third is the warm-up */
    static void measure(ClusterUnderTest cluster, long seconds, Report report) throws InterruptedException {
        List<WatchedNode> nodes = cluster.nodes().stream().map(WatchedNode::new).toList();
        MixedLoad load = new MixedLoad(
                cluster.nodes().stream().map(ClusterUnderTest.Node::apiPort).toList());
        load.run(seconds / 3);
        awaitRest(cluster, nodes, load);
        nodes.forEach(WatchedNode::begin);
        long before = load.operations();
        runSampled(load, seconds - seconds / 3, nodes);
        double rate = (load.operations() - before) / (double) (seconds - seconds / 3);
        long unfinished = awaitRest(cluster, nodes, load);
        nodes.forEach(WatchedNode::end);
        report.baseline(
                "soak, operations of every kind",
                "1/s",
                rate,
                String.format(Locale.ROOT, "%d jobs over %d nodes in %d s", load.jobs(), nodes.size(), seconds));
        reportGrowth(nodes, seconds, report);
        report.atMost("soak, unexpected answers", "answers", 0, load.failures(), load.firstFailure());
        report.atMost("soak, accepted jobs that have not ended", "jobs", 0, unfinished, "");
        reportSum("soak, held by nobody's work at rest", HELD, nodes, report);
        reportSum("soak, defects met", DEFECTS, nodes, report);
    }

    private static void runSampled(MixedLoad load, long seconds, List<WatchedNode> nodes) throws InterruptedException {
        AtomicReference<@Nullable InterruptedException> interrupted = new AtomicReference<>();
        Thread callers = Thread.ofPlatform().name("soak-load").start(() -> {
            try {
                load.run(seconds);
            } catch (InterruptedException e) {
                interrupted.set(e);
            }
        });
        long pause = Math.clamp(seconds / SAMPLES, 2, SAMPLE_SECONDS_MAX);
        while (!callers.join(Duration.ofSeconds(pause))) {
            nodes.forEach(WatchedNode::sample);
        }
        if (interrupted.get() != null) {
            throw new InterruptedException("the load was interrupted");
        }
    }

    private static void reportGrowth(List<WatchedNode> nodes, long seconds, Report report) {
        for (WatchedNode node : nodes) {
            String of = "soak, " + node.name() + ", ";
            report.atMost(of + "live heap grown", "MB", GROWTH_MB_MAX, node.heapGrown(), node.heapShown());
            reportSlope(of + "live heap, slope", node.heap(), seconds, report);
            report.atMost(of + "threads grown", "threads", GROWTH_THREADS_MAX, node.threadsGrown(), "");
            report.atMost(of + "descriptors grown", "files", GROWTH_DESCRIPTORS_MAX, node.descriptorsGrown(), "");
        }
    }

    private static void reportSlope(String name, Trend heap, long seconds, Report report) {
        double slope = heap.perHour();
        String detail = String.format(Locale.ROOT, "under load, standard error %.1f MB/h", heap.standardErrorPerHour());
        if (seconds < SLOPE_SECONDS_MIN) {
            report.baseline(name, "MB/h", slope, detail + ", judged from 20 minutes on");
            return;
        }
        report.atMost(name, "MB/h", SLOPE_MB_PER_HOUR_MAX, slope, detail);
        report.atMost(
                name + " that is certain",
                "MB/h",
                CERTAIN_GROWTH_MB_PER_HOUR_MAX,
                Math.max(0, slope - 2 * heap.standardErrorPerHour()),
                "");
    }

    private static void reportSum(String name, List<String> metrics, List<WatchedNode> nodes, Report report) {
        double sum = 0;
        List<String> found = new ArrayList<>();
        for (WatchedNode node : nodes) {
            for (String metric : metrics) {
                double value = node.metric(metric);
                sum += value;
                if (value != 0) {
                    found.add(node.name() + " " + metric + " " + Report.number(value));
                }
            }
        }
        report.atMost(name, "entries", 0, sum, String.join(", ", found));
    }

    /**
     * Waits until every accepted job has ended and nothing is held, not even a connection of a stream that was left: what
     * goes by itself is no leak. Gives how many jobs have not ended when time is up.
     */
    private static long awaitRest(ClusterUnderTest cluster, List<WatchedNode> nodes, MixedLoad load)
            throws InterruptedException {
        Api api = new Api(cluster.apiPort());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(REST_SECONDS_MAX);
        long unfinished = load.jobs() - ended(api);
        while ((unfinished != 0 || !nodes.stream().allMatch(SoakBenchmark::isAtRest)) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(200);
            unfinished = load.jobs() - ended(api);
        }
        return unfinished;
    }

    private static boolean isAtRest(WatchedNode node) {
        return node.metric("millrace_http_connections") <= OWN_CONNECTIONS_MAX
                && HELD.stream().allMatch(held -> node.metric(held) == 0);
    }

    private static long ended(Api api) {
        long ended = 0;
        for (String channel : MixedLoad.channels()) {
            JsonNode jobs = api.get(channel).at("/status/jobs");
            ended +=
                    ENDED.stream().mapToLong(state -> jobs.path(state).asLong()).sum();
        }
        return ended;
    }
}
