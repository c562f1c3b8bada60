package io.millrace.benchmarks;

import java.time.Duration;

/** Durable submits of 500 jobs per request, eight requests in flight. */
final class BatchSubmitBenchmark implements Bench.Measurement {
    private static final int JOBS = 500;
    private static final int IN_FLIGHT = 8;
    private static final int CHANNELS = 4;

    /** Requests are paced so that the queues stay below their limit of a million jobs for the whole run. */
    @Override
    public void run(Bench.Setting setting, Report report) {
        Api api = setting.node().api();
        byte[][] requests = new byte[CHANNELS][];
        for (int i = 0; i < CHANNELS; i++) {
            api.put("/v1/channels/batch-" + i, "{}");
            api.post("/v1/channels/batch-" + i + ":pause", "");
            requests[i] = Api.rawPost("/v1/channels/batch-" + i + "/jobs:batchCreate", noops(JOBS));
        }
        HttpLoad load = new HttpLoad(setting.node().apiPort(), IN_FLIGHT);
        load.closedLoop(Duration.ofSeconds(2), n -> requests[(int) (n % CHANNELS)]);
        purge(api);
        HttpLoad.Result result = load.closedLoop(
                Duration.ofSeconds(Math.min(6, setting.seconds())), n -> requests[(int) (n % CHANNELS)]);
        report.atLeast(
                "durable submit, batches of 500",
                "jobs/s",
                250_000,
                result.perSecond() * JOBS,
                SubmitBenchmark.latencies(result) + " per batch");
        purge(api);
    }

    static String noops(int count) {
        return "{\"jobs\":[" + "{\"handler\":{\"name\":\"noop\"}},".repeat(count - 1)
                + "{\"handler\":{\"name\":\"noop\"}}]}";
    }

    private static void purge(Api api) {
        for (int i = 0; i < CHANNELS; i++) {
            api.post("/v1/channels/batch-" + i + ":purge", "");
        }
    }
}
