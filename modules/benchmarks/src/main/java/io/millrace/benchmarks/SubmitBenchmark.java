package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Durable submits of one job each over HTTP, 32 in flight; then an open loop at half of that rate. */
@Proves("G-68")
final class SubmitBenchmark implements Bench.Measurement {
    private static final int IN_FLIGHT = 32;
    private static final String JOB = "{\"handler\":{\"name\":\"noop\"}}";

    @Override
    public void run(Bench.Setting setting, Report report) {
        Api api = setting.node().api();
        for (int channels : new int[] {1, 8}) {
            double rate = closedLoop(setting, report, api, channels);
            if (channels == 1) {
                openLoop(setting, report, api, rate / 2);
            }
            dropAll(api, channels);
        }
    }

    private static double closedLoop(Bench.Setting setting, Report report, Api api, int channels) {
        byte[][] requests = new byte[channels][];
        for (int i = 0; i < channels; i++) {
            api.put("/v1/channels/submit-" + i, "{}");
            api.post("/v1/channels/submit-" + i + ":pause", "");
            requests[i] = Api.rawPost("/v1/channels/submit-" + i + "/jobs", JOB);
        }
        HttpLoad load = new HttpLoad(setting.node().apiPort(), IN_FLIGHT);
        load.closedLoop(Duration.ofSeconds(setting.seconds()), n -> requests[(int) (n % channels)]);
        HttpLoad.Result result =
                load.closedLoop(Duration.ofSeconds(setting.seconds()), n -> requests[(int) (n % channels)]);
        report.atLeast(
                "durable submit, 32 in flight, " + channels + " channel(s)",
                "jobs/s",
                30_000,
                result.perSecond(),
                latencies(result));
        return result.perSecond();
    }

    private static void openLoop(Bench.Setting setting, Report report, Api api, double rate) {
        byte[] request = Api.rawPost("/v1/channels/submit-0/jobs", JOB);
        HttpLoad.Result result = new HttpLoad(setting.node().apiPort(), IN_FLIGHT)
                .openLoop(Duration.ofSeconds(setting.seconds()), rate, n -> request);
        report.atMost(
                String.format(Locale.ROOT, "durable submit at %,.0f/s, p99", rate),
                "ms",
                5,
                result.latency().getValueAtPercentile(99) / 1e6,
                latencies(result));
    }

    private static void dropAll(Api api, int channels) {
        for (int i = 0; i < channels; i++) {
            api.post("/v1/channels/submit-" + i + ":purge", "");
        }
    }

    static String latencies(HttpLoad.Result result) {
        Histogram latency = result.latency();
        String failures = result.failed() == 0 ? "" : ", failed " + result.failed() + " " + result.firstFailure();
        return String.format(
                Locale.ROOT,
                "p50 %.2f p95 %.2f p99 %.2f max %.1f ms%s",
                latency.getValueAtPercentile(50) / 1e6,
                latency.getValueAtPercentile(95) / 1e6,
                latency.getValueAtPercentile(99) / 1e6,
                latency.getMaxValue() / 1e6,
                failures);
    }
}
