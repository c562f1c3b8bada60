package io.millrace.benchmarks;

import static io.millrace.benchmarks.CleanupCalls.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.resource.BufferTier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * How long it takes until a channel with much to clean up is clean: every buffer it may have is given back, or everything
 * it does and holds while it is busy.
 */
@Proves({"C-13", "C-21", "C-63"})
final class CleanupLoad {
    /** Buffers of all tiers that {@link #allocate} takes. */
    static final int BUFFERS = 175;

    private static final Map<BufferTier, Integer> SOME_BUFFERS =
            new EnumMap<>(Map.of(BufferTier.SMALL, 100, BufferTier.MEDIUM, 50, BufferTier.LARGE, 25));
    private static final String WORKER = "{\"handler\":\"sleep\",\"input\":{\"duration\":\"10m\"}}";
    private static final int WORKERS = 20;
    private static final int TASKS = 50;
    private static final int TASKS_PER_LAYER = 5;
    private static final int LEASES = 50;
    private static final double RELEASE_MILLIS_MAX = 100;
    private static final double EXECUTION_MILLIS_MAX = 2_000;

    private final HttpCaller caller;
    private final Bench.Setting setting;
    private final Report report;

    private CleanupLoad(HttpCaller caller, Bench.Setting setting, Report report) {
        this.caller = caller;
        this.setting = setting;
        this.report = report;
    }

    static void measure(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            CleanupLoad load = new CleanupLoad(caller, setting, report);
            load.measureRelease();
            load.measureBusyChannel();
        }
    }

    /**
     * Allocates some buffers of each tier.
     *
     * @return path of the first, a small one
     */
    static String allocate(HttpCaller caller, String channel) throws IOException {
        return allocate(SOME_BUFFERS, caller, channel).getFirst();
    }

    /** @return paths of the buffers, small ones first */
    private static List<String> allocate(Map<BufferTier, Integer> buffers, HttpCaller caller, String channel)
            throws IOException {
        List<String> allocated = new ArrayList<>();
        for (Map.Entry<BufferTier, Integer> tier : buffers.entrySet()) {
            String request = ResourcesBenchmark.buffer(tier.getKey().bytes());
            for (int n = 0; n < tier.getValue(); n++) {
                allocated.add(ResourcesBenchmark.allocate(caller, channel, request));
            }
        }
        return allocated;
    }

    private void measureRelease() throws IOException, InterruptedException {
        String channel = "/v1/channels/release";
        setting.node().api().put(channel, "{}");
        CleanupCalls cleanups = new CleanupCalls(caller, channel);
        cleanups.register(task("release", CleanupCalls.RELEASE));
        ChannelSpec.Buffers most = ChannelSpec.DEFAULT.resources().buffers();
        Map<BufferTier, Integer> all = new EnumMap<>(Map.of(
                BufferTier.SMALL, most.small(), BufferTier.MEDIUM, most.medium(), BufferTier.LARGE, most.large()));
        int buffers = most.small() + most.medium() + most.large();
        allocate(all, caller, channel);
        Histogram latency =
                Latencies.measure(2, 2 * setting.seconds(), _ -> cleanups.execute("release", "COMPLETE"), result -> {
                    requireReleased("resources", buffers, result);
                    allocate(all, caller, channel);
                });
        cleanups.execute("release", "COMPLETE");
        Latencies.report(report, "release all " + buffers + " buffers of a channel", RELEASE_MILLIS_MAX, latency);
    }

    private void measureBusyChannel() throws IOException, InterruptedException {
        String channel = "/v1/channels/busy-cleanup";
        setting.node().api().put(channel, "{}");
        CleanupCalls cleanups = new CleanupCalls(caller, channel);
        registerLayers(cleanups);
        load(channel);
        Histogram latency = Latencies.measure(2, 5 * setting.seconds(), _ -> cleanups.executeAll(), result -> {
            requireReleased("threads", WORKERS, result);
            requireReleased("resources", BUFFERS, result);
            requireReleased("locks", LEASES, result);
            load(channel);
        });
        cleanups.executeAll();
        Latencies.report(
                report,
                "clean a channel of " + WORKERS + " workers, " + TASKS + " tasks",
                EXECUTION_MILLIS_MAX,
                latency);
    }

    /** Each task depends on one of the layer before, so that some may run at the same time. */
    private static void registerLayers(CleanupCalls cleanups) throws IOException {
        for (int n = 0; n < TASKS; n++) {
            String[] dependsOn = n < TASKS_PER_LAYER ? new String[0] : new String[] {"task-" + (n - TASKS_PER_LAYER)};
            cleanups.register(task("task-" + n, CleanupCalls.NOOP, dependsOn));
        }
    }

    private void load(String channel) throws IOException {
        for (int n = 0; n < WORKERS; n++) {
            caller.post(channel + "/threads", WORKER);
        }
        allocate(caller, channel);
        for (int n = 0; n < LEASES; n++) {
            caller.post(channel + "/locks/lock-" + n + ":acquire", "{\"owner\":\"bench\",\"ttl\":\"10m\"}");
        }
    }

    private static void requireReleased(String what, int expected, JsonNode result) {
        if (result.path("released").path(what).asInt() != expected
                || !result.path("memoryReclaimed").asBoolean()) {
            throw new IllegalStateException("not all of " + expected + " " + what + " are back: " + result);
        }
    }
}
