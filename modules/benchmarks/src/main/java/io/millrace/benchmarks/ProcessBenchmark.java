package io.millrace.benchmarks;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * {@code echo} as a job, with output and exit code durable, beside two things that only start and wait: a loop over
 * {@link ProcessBuilder} and {@code xargs -P2}. They take turns, so that a busy machine is busy for all three.
 */
final class ProcessBenchmark implements Bench.Measurement {
    private static final int ROUNDS = 2;
    private static final String JOB = "{\"process\":{\"command\":[\"echo\",\"hello\"]}}";

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        int jobs = Math.max(1_000, setting.scale() / 40);
        millrace(setting, "warm", jobs / 2);
        double ours = 0;
        double bare = 0;
        double xargs = 0;
        for (int round = 0; round < ROUNDS; round++) {
            ours += millrace(setting, "round" + round, jobs) / ROUNDS;
            bare += spawnAndWait(jobs) / ROUNDS;
            xargs += xargs(jobs) / ROUNDS;
        }
        report.atLeast("process jobs (echo), durable", "jobs/s", 1_700, ours, ratio(ours, bare, xargs));
        report.baseline("bare spawn and wait, 2 threads, output read", "1/s", bare, jobs + " each");
        report.baseline("xargs -P2, output not captured", "1/s", xargs, jobs + " each");
    }

    private static String ratio(double ours, double bare, double xargs) {
        return String.format(java.util.Locale.ROOT, "%.2f of bare, %.2f of xargs", ours / bare, ours / xargs);
    }

    private static double millrace(Bench.Setting setting, String name, int jobs) throws InterruptedException {
        Api api = setting.node().api();
        String channel = "/v1/channels/process-" + name;
        api.put(channel, "{}");
        api.post(channel + ":pause", "");
        api.post(channel + "/jobs:batchCreate", "{\"jobs\":[" + (JOB + ",").repeat(jobs - 1) + JOB + "]}");
        long before = System.nanoTime();
        api.post(channel + ":resume", "");
        while (api.get(channel).at("/status/jobs/succeeded").asLong() < jobs) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return jobs / ((System.nanoTime() - before) / 1e9);
    }

    private static double spawnAndWait(int count) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        long before = System.nanoTime();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(threads.submit(() -> {
                Process process = new ProcessBuilder("echo", "hello").start();
                process.getInputStream().readAllBytes();
                return process.waitFor();
            }));
        }
        threads.shutdown();
        if (!threads.awaitTermination(5, TimeUnit.MINUTES)) {
            throw new IllegalStateException("Spawning did not end in 5 minutes.");
        }
        return all.size() / ((System.nanoTime() - before) / 1e9);
    }

    private static double xargs(int count) throws IOException, InterruptedException {
        long before = System.nanoTime();
        Process process = new ProcessBuilder("sh", "-c", "seq " + count + " | xargs -P2 -n1 echo hello")
                .redirectOutput(new File("/dev/null"))
                .start();
        process.waitFor();
        return count / ((System.nanoTime() - before) / 1e9);
    }
}
