package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Many callers who allocate buffers of random sizes, write into them, read them and give them back, as fast as they can:
 * how many requests a second that is, how long it keeps the actors, and what it does to the pools.
 */
@Proves({"R-32", "R-43"})
final class ResourceLoad {
    private static final String CHANNEL = "/v1/channels/busy-resources";
    private static final int CALLERS = 16;
    private static final int REQUESTS_PER_ROUND = 4;
    private static final int SAMPLE_MILLIS = 50;
    private static final byte[] CONTENT = new byte[4_096];
    private static final double FRAGMENTATION_PERCENT_MAX = 5;
    private static final double NEW_MEMORY_PERCENT_MAX = 0.1;
    private static final double MESSAGE_MILLIS_MAX = 1;

    private final Bench.Setting setting;
    private final Api api;
    private final LongAdder rounds = new LongAdder();

    /** What was given up by a caller and is not back at the node yet, as a share of what the channel may hold. */
    private final DoubleSummaryStatistics fragmentation = new DoubleSummaryStatistics();

    private final DoubleSummaryStatistics waste = new DoubleSummaryStatistics();

    private ResourceLoad(Bench.Setting setting) {
        this.setting = setting;
        this.api = setting.node().api();
    }

    static void measure(Bench.Setting setting, Report report) throws InterruptedException {
        setting.node().api().put(CHANNEL, "{}");
        new ResourceLoad(setting).run();
        new ResourceLoad(setting).measure(report);
    }

    private void measure(Report report) throws InterruptedException {
        Grants before = Grants.of(buffers());
        NavigableMap<Double, Double> messagesBefore = messages();
        double seconds = run();
        Grants after = Grants.of(buffers());
        report.baseline(
                "resource requests, " + CALLERS + " callers",
                "1/s",
                REQUESTS_PER_ROUND * rounds.sum() / seconds,
                "allocate, write 4 KiB, read, release");
        report.atMost(
                "fragmentation under load, worst sample",
                "%",
                FRAGMENTATION_PERCENT_MAX,
                fragmentation.getMax(),
                String.format(
                        Locale.ROOT,
                        "average of %d samples %.2f %%; internal waste of what is in use, average %.0f %%",
                        fragmentation.getCount(),
                        fragmentation.getAverage(),
                        waste.getAverage()));
        report.atMost(
                "buffers that needed new memory",
                "%",
                NEW_MEMORY_PERCENT_MAX,
                100.0 * (after.ofNewMemory - before.ofNewMemory) / (after.granted - before.granted),
                String.format(Locale.ROOT, "of %,d", after.granted - before.granted));
        report.atMost(
                "time a resource message keeps an actor, p99",
                "ms",
                MESSAGE_MILLIS_MAX,
                MessagesBenchmark.milliseconds(MessagesBenchmark.difference(messages(), messagesBefore), 0.99),
                "of all actors of channels, while only resources are used");
    }

    /** @return seconds it took */
    private double run() throws InterruptedException {
        List<Future<?>> callers = new ArrayList<>();
        long started = System.nanoTime();
        long end = started + TimeUnit.SECONDS.toNanos(setting.seconds());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < CALLERS; caller++) {
                SplittableRandom random = new SplittableRandom(caller);
                callers.add(threads.submit(() -> {
                    useBuffers(random, end);
                    return null;
                }));
            }
            while (System.nanoTime() < end) {
                JsonNode now = buffers();
                fragmentation.accept(100 * now.path("fragmentation").asDouble());
                waste.accept(100 * now.path("waste").asDouble());
                TimeUnit.MILLISECONDS.sleep(SAMPLE_MILLIS);
            }
        }
        for (Future<?> caller : callers) {
            succeeded(caller);
        }
        return (System.nanoTime() - started) / 1e9;
    }

    private void useBuffers(SplittableRandom random, long end) throws IOException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            while (System.nanoTime() < end) {
                BufferTier tier = BufferTier.values()[random.nextInt(BufferTier.values().length)];
                int bytes = random.nextInt(CONTENT.length, tier.bytes() + 1);
                String buffer = ResourcesBenchmark.allocate(caller, CHANNEL, ResourcesBenchmark.buffer(bytes));
                caller.put(buffer + "/content", CONTENT);
                caller.get(buffer + "/content");
                caller.delete(buffer);
                rounds.increment();
            }
        }
    }

    private static void succeeded(Future<?> caller) throws InterruptedException {
        try {
            caller.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a caller failed", e.getCause());
        }
    }

    private JsonNode buffers() {
        return api.get(CHANNEL + "/resources:metrics").path("buffer");
    }

    private NavigableMap<Double, Double> messages() {
        return setting.node().management().histogram(MessagesBenchmark.METRIC);
    }

    /** Buffers that were granted so far, over all tiers. */
    private record Grants(long granted, long ofNewMemory) {
        static Grants of(JsonNode buffers) {
            long granted = buffers.path("granted").asLong();
            return new Grants(
                    granted, Math.round(granted * (1 - buffers.path("reuse").asDouble())));
        }
    }
}
