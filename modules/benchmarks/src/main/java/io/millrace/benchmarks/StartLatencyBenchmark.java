package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * From sending a submit to the first instruction of its handler, at 200 jobs a second on an idle node. The built-in
 * handler {@code clock} returns the machine's monotonic time, which this process reads too.
 */
final class StartLatencyBenchmark implements Bench.Measurement {
    private static final int PER_SECOND = 200;

    @Override
    public void run(Bench.Setting setting, Report report) throws InterruptedException {
        Api api = setting.node().api();
        api.put("/v1/channels/latency", "{}");
        measure(setting, 3);
        Histogram latency = measure(setting, setting.seconds());
        String detail = String.format(
                Locale.ROOT,
                "p95 %.2f max %.1f ms, %d jobs",
                latency.getValueAtPercentile(95) / 1e6,
                latency.getMaxValue() / 1e6,
                latency.getTotalCount());
        report.atMost("submit to start at 200/s, p50", "ms", 1.5, latency.getValueAtPercentile(50) / 1e6, detail);
        report.atMost("submit to start at 200/s, p99", "ms", 3.5, latency.getValueAtPercentile(99) / 1e6, detail);
    }

    private static Histogram measure(Bench.Setting setting, int seconds) throws InterruptedException {
        Api api = setting.node().api();
        String run = "r" + System.nanoTime();
        ConcurrentHashMap<Long, Long> sentNanos = new ConcurrentHashMap<>();
        HttpLoad load = new HttpLoad(setting.node().apiPort(), 16);
        load.openLoop(Duration.ofSeconds(seconds), PER_SECOND, n -> {
            sentNanos.put(n, System.nanoTime());
            return Api.rawPost(
                    "/v1/channels/latency/jobs",
                    "{\"handler\":{\"name\":\"clock\"},\"name\":\"" + n + "\",\"labels\":{\"run\":\"" + run + "\"}}");
        });
        TimeUnit.SECONDS.sleep(1);
        Histogram latency = new Histogram(Duration.ofMinutes(1).toNanos(), 3);
        String token = "";
        do {
            JsonNode page = api.get("/v1/channels/latency/jobs?pageSize=1000&label=run:" + run
                    + (token.isEmpty() ? "" : "&pageToken=" + token));
            for (JsonNode job : page.path("items")) {
                Long sent = sentNanos.get(job.path("name").asLong());
                long started = job.at("/result/monotonicNanos").asLong();
                if (sent != null && started > 0) {
                    latency.recordValue(Math.max(0, started - sent));
                }
            }
            token = page.path("nextPageToken").asText("");
        } while (!token.isEmpty());
        return latency;
    }
}
