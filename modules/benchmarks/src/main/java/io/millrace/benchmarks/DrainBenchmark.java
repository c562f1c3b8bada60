package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Queued no-op handler jobs, run to the last one; each start and each end is durable. */
@Proves("T-49")
final class DrainBenchmark implements Bench.Measurement {
    private static final int BATCH = 5_000;

    @Override
    public void run(Bench.Setting setting, Report report) throws InterruptedException {
        Api management = setting.node().management();
        drain(setting, 1, "warm");
        for (int channels : new int[] {1, 8}) {
            double commandsBefore = management.metric("millrace_commit_commands_sum");
            double writesBefore = management.metric("millrace_commit_commands_count");
            double rate = drain(setting, channels, "run");
            double writes = management.metric("millrace_commit_commands_count") - writesBefore;
            double commands = management.metric("millrace_commit_commands_sum") - commandsBefore;
            report.atLeast(
                    "drain of no-op handlers, " + channels + " channel(s)",
                    "jobs/s",
                    60_000,
                    rate,
                    setting.scale() + " jobs");
            report.baseline(
                    "commands stored by one write, " + channels + " channel(s)",
                    "commands",
                    commands / writes,
                    String.format(Locale.ROOT, "%.2f writes a job", writes / setting.scale()));
        }
    }

    private static double drain(Bench.Setting setting, int channels, String name) throws InterruptedException {
        Api api = setting.node().api();
        String prefix = "/v1/channels/drain-" + name + "-" + channels + "-";
        int each = setting.scale() / channels;
        for (int i = 0; i < channels; i++) {
            api.put(prefix + i, "{}");
            api.post(prefix + i + ":pause", "");
            for (int sent = 0; sent < each; sent += BATCH) {
                api.post(prefix + i + "/jobs:batchCreate", BatchSubmitBenchmark.noops(Math.min(BATCH, each - sent)));
            }
        }
        long before = System.nanoTime();
        for (int i = 0; i < channels; i++) {
            api.post(prefix + i + ":resume", "");
        }
        for (int i = 0; i < channels; i++) {
            awaitSucceeded(api, prefix + i, each);
        }
        return (double) each * channels / ((System.nanoTime() - before) / 1e9);
    }

    private static void awaitSucceeded(Api api, String channel, int jobs) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (api.get(channel).at("/status/jobs/succeeded").asLong() < jobs) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("The channel did not drain in 5 minutes: " + api.get(channel));
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
