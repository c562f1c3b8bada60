package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What the lock manager's operations cost a caller over HTTP, asked at the one node there is (local) and at a node of three
 * that does not own the channel (remote), and how often requests have to wait for each other. Every grant is on disk when
 * it is answered, so a bare write to the same disk is measured beside it.
 */
@Proves({"T-18", "T-19", "T-21", "T-24", "T-48", "T-56"})
final class LocksBenchmark implements Bench.Measurement {
    private static final int LEASES = 1_000;
    private static final int OWNERS = 16;
    private static final int LOCKS = 1_000;
    private static final int ROUNDS = 500;

    /**
     * Most of this path is compiled after some 9,000 requests, the rest after three times as many; what is measured before
     * is the compiler, which takes a processor for up to 70 ms at a time.
     */
    private static final int WARM_UP_PAIRS = 15_000;

    private static final int LATENCY_ROUNDS = 5;
    private static final int OPERATIONS_PER_ROUND = 1_000;

    /** Time for what an operation left to be written, so that the next one meets an idle node. */
    private static final int IDLE_MILLIS = 3;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            setting.node().api().put("/v1/channels/locks", "{}");
            measureIn("local", "locks", caller, setting.data(), report);
        }
        for (int channels : List.of(1, 10, 100)) {
            measureContention(setting, channels, report);
        }
        try (ClusterUnderTest cluster =
                        ClusterUnderTest.start(setting.project(), setting.data().resolve("locks-cluster"));
                HttpCaller caller = new HttpCaller(cluster.apiPort())) {
            measureIn("remote", cluster.remoteChannel(), caller, setting.data(), report);
        }
    }

    private static void measureIn(String place, String channel, HttpCaller caller, Path disk, Report report)
            throws IOException, InterruptedException {
        String locks = "/v1/channels/" + channel + "/locks";
        for (int n = 0; n < WARM_UP_PAIRS; n++) {
            release(caller, locks, "warm", acquire(caller, locks, "warm"));
        }
        measureAcquire(place, caller, locks, disk, report);
        measureRelease(place, caller, locks, report);
        for (int n = 0; n < LEASES; n++) {
            acquire(caller, locks, "many-" + n);
        }
        Latencies.report(
                report,
                "verify the hierarchy, " + LEASES + " leases, " + place,
                10,
                Latencies.measure(_ -> caller.post(locks + ":verifyHierarchy", "")));
    }

    /** A disk does not answer evenly, so it is measured in turns with what waits for it. */
    private static void measureAcquire(String place, HttpCaller caller, String locks, Path disk, Report report)
            throws IOException, InterruptedException {
        Histogram bareWrite = Latencies.empty();
        int[] pages = {0};
        try (BareWrite bare = BareWrite.in(disk)) {
            List<Histogram> rounds = Latencies.measureRounds(
                    LATENCY_ROUNDS, OPERATIONS_PER_ROUND, _ -> acquire(caller, locks, "free"), lease -> {
                        release(caller, locks, "free", lease);
                        TimeUnit.MILLISECONDS.sleep(IDLE_MILLIS);
                        long started = System.nanoTime();
                        bare.page(pages[0]++);
                        bareWrite.recordValue(System.nanoTime() - started);
                        TimeUnit.MILLISECONDS.sleep(IDLE_MILLIS);
                    });
            Latencies.report(report, "acquire a free lock, " + place, 5, rounds);
        }
        report.baseline(
                "a bare synchronized write in turns with it, p99",
                "ms",
                Latencies.milliseconds(bareWrite, 99),
                Latencies.detail(bareWrite));
    }

    private static void measureRelease(String place, HttpCaller caller, String locks, Report report)
            throws IOException, InterruptedException {
        List<String> held = new ArrayList<>();
        held.add(acquire(caller, locks, "held"));
        List<Histogram> rounds = Latencies.measureRounds(
                LATENCY_ROUNDS, OPERATIONS_PER_ROUND, _ -> release(caller, locks, "held", held.removeLast()), _ -> {
                    held.add(acquire(caller, locks, "held"));
                    TimeUnit.MILLISECONDS.sleep(IDLE_MILLIS);
                });
        Latencies.report(report, "release a lock, " + place, 2, rounds);
    }

    private static String acquire(HttpCaller caller, String locks, String lock) throws IOException {
        return caller.post(locks + "/" + lock + ":acquire", "{\"owner\":\"bench-" + lock + "\",\"ttl\":\"10m\"}")
                .text("lease");
    }

    private static HttpCaller.Reply release(HttpCaller caller, String locks, String lock, String lease)
            throws IOException {
        return caller.post(locks + "/" + lock + ":release", "{\"lease\":\"" + lease + "\"}");
    }

    /** The reference workload: sixteen owners, each taking and giving back one of 1,000 locks of some channel. */
    private static void measureContention(Bench.Setting setting, int channels, Report report)
            throws InterruptedException {
        Api api = setting.node().api();
        for (int n = 0; n < channels; n++) {
            api.put("/v1/channels/contended-" + n, "{}");
        }
        Counters before = Counters.of(api, channels);
        List<Future<?>> owners = new ArrayList<>();
        long started = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int owner = 0; owner < OWNERS; owner++) {
                SplittableRandom random = new SplittableRandom(owner);
                owners.add(threads.submit(() -> {
                    takeAndGiveBack(setting.node().apiPort(), channels, random);
                    return null;
                }));
            }
        }
        owners.forEach(LocksBenchmark::succeeded);
        double seconds = (System.nanoTime() - started) / 1e9;
        Counters after = Counters.of(api, channels);
        long requests = after.requests - before.requests;
        report.atMost(
                "lock requests that had to wait, " + channels + (channels == 1 ? " channel" : " channels"),
                "%",
                5,
                100.0 * (after.waited - before.waited) / requests,
                String.format(
                        Locale.ROOT,
                        "%d owners, %d locks a channel, %,d requests, %,.0f grants/s",
                        OWNERS,
                        LOCKS,
                        requests,
                        requests / seconds));
    }

    private static void takeAndGiveBack(int port, int channels, SplittableRandom random) throws IOException {
        try (HttpCaller caller = new HttpCaller(port)) {
            for (int round = 0; round < ROUNDS; round++) {
                String locks = "/v1/channels/contended-" + random.nextInt(channels) + "/locks";
                String lock = "lock-" + random.nextInt(LOCKS);
                HttpCaller.Reply granted = caller.post(locks + "/" + lock + ":acquire", "{}");
                release(caller, locks, lock, granted.text("lease"));
            }
        }
    }

    private static void succeeded(Future<?> owner) {
        try {
            owner.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an owner failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while owners run", e);
        }
    }

    /** What the channels counted so far. */
    private record Counters(long requests, long waited) {
        static Counters of(Api api, int channels) {
            long requests = 0;
            long waited = 0;
            for (int n = 0; n < channels; n++) {
                JsonNode totals = api.get("/v1/channels/contended-" + n + "/threads:metrics");
                requests += totals.path("locks.requests").asLong();
                waited += totals.path("locks.waited").asLong();
            }
            return new Counters(requests, waited);
        }
    }
}
