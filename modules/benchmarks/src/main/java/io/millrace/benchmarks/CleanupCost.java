package io.millrace.benchmarks;

import io.millrace.channel.cleanup.CleanupMeasures;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupName;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What cleanup costs beside what is cleaned up: timing each step, and having a cleanup manager that has nothing to do. */
@Proves({"C-16", "C-57", "C-65"})
final class CleanupCost {
    private static final double TRACKING_MILLIS_MAX = 5;
    private static final int TRACKED_STEPS = 100_000;
    private static final int TRACKED_TASKS = 1_000;
    private static final int IDLE_CHANNELS = 50;
    private static final int IDLE_TASKS = 10;

    /** Period of what every channel does while it is idle, so that both times include it once. */
    private static final int IDLE_SECONDS = 30;

    /** Behind the last request, until what it left to be written is written. */
    private static final int SETTLE_SECONDS = 5;

    private static final double IDLE_MESSAGES_PER_SECOND_MAX = 1;
    private static final double IDLE_PROCESSOR_PERCENT_MAX = 1;

    private CleanupCost() {}

    static void measure(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        measureTracking(report);
        measureIdle(setting, report);
    }

    /** The same step with and without being timed and counted, taking turns. */
    private static void measureTracking(Report report) {
        CleanupMeasures measures = new CleanupMeasures();
        Histogram bare = Latencies.empty();
        Histogram tracked = Latencies.empty();
        for (int n = 0; n < TRACKED_STEPS; n++) {
            CleanupName task = new CleanupName("task-" + n % TRACKED_TASKS);
            long started = System.nanoTime();
            Thread.onSpinWait();
            bare.recordValue(System.nanoTime() - started);
            started = System.nanoTime();
            long stepStarted = System.nanoTime();
            Thread.onSpinWait();
            measures.stepEnded(task, false, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stepStarted));
            tracked.recordValue(System.nanoTime() - started);
        }
        if (measures.totals().getOrDefault("cleanups.steps", 0.0) != TRACKED_STEPS) {
            throw new IllegalStateException("not every step was counted: " + measures.totals());
        }
        report.atMost(
                "tracking a cleanup step adds, p99",
                "ms",
                TRACKING_MILLIS_MAX,
                Math.max(0, Latencies.milliseconds(tracked, 99) - Latencies.milliseconds(bare, 99)),
                String.format(
                        Locale.ROOT,
                        "tracked p50 %.1f p99 %.1f us, not tracked p50 %.1f p99 %.1f us",
                        tracked.getValueAtPercentile(50) / 1e3,
                        tracked.getValueAtPercentile(99) / 1e3,
                        bare.getValueAtPercentile(50) / 1e3,
                        bare.getValueAtPercentile(99) / 1e3));
    }

    /** The same idle channels before they had cleanup tasks and after these were executed. */
    private static void measureIdle(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        Api api = setting.node().api();
        for (int n = 0; n < IDLE_CHANNELS; n++) {
            api.put("/v1/channels/idle-cleanup-" + n, "{}");
        }
        Use without = Use.whileIdle(setting.node());
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            for (int n = 0; n < IDLE_CHANNELS; n++) {
                cleanUp(new CleanupCalls(caller, "/v1/channels/idle-cleanup-" + n));
            }
        }
        Use with = Use.whileIdle(setting.node());
        report.atMost(
                "idle cleanup managers add, messages",
                "1/s",
                IDLE_MESSAGES_PER_SECOND_MAX,
                Math.max(0, with.messagesPerSecond - without.messagesPerSecond),
                idleDetail(without.messagesPerSecond, with.messagesPerSecond));
        report.atMost(
                "idle cleanup managers add, processor",
                "%",
                IDLE_PROCESSOR_PERCENT_MAX,
                Math.max(0, with.processorPercent - without.processorPercent),
                idleDetail(without.processorPercent, with.processorPercent));
    }

    private static String idleDetail(double without, double with) {
        return String.format(
                Locale.ROOT,
                "%d channels with %d tasks each, over %d s; all of the node without tasks %.2f, with tasks %.2f",
                IDLE_CHANNELS,
                IDLE_TASKS,
                IDLE_SECONDS,
                without,
                with);
    }

    private static void cleanUp(CleanupCalls cleanups) throws IOException {
        for (int n = 0; n < IDLE_TASKS; n++) {
            cleanups.register(CleanupCalls.task("task-" + n, CleanupCalls.NOOP));
        }
        cleanups.executeAll();
    }

    /** What a node does while nobody asks it for anything. */
    private record Use(double messagesPerSecond, double processorPercent) {
        static Use whileIdle(NodeUnderTest node) throws IOException, InterruptedException {
            OsProcess process = new OsProcess(node.pid());
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            double messages = messages(node);
            long ticks = process.processorTicks();
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            long ticksAfter = process.processorTicks();
            return new Use(
                    (messages(node) - messages) / IDLE_SECONDS,
                    100.0 * (ticksAfter - ticks) / OsProcess.TICKS_PER_SECOND / IDLE_SECONDS);
        }

        private static double messages(NodeUnderTest node) {
            return node.management()
                    .histogram(MessagesBenchmark.METRIC)
                    .lastEntry()
                    .getValue();
        }
    }
}
