package io.millrace.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * {@code echo} as a job, with output and exit code durable, beside things that only start and wait: a loop over
 * {@link ProcessBuilder}, {@code xargs -P2}, and GNU parallel where it is installed. They take turns, so that a busy machine
 * is busy for all of them.
 */
final class EchoRate {
    private static final int ROUNDS = 2;
    private static final String JOB = "{\"process\":{\"command\":[\"echo\",\"hello\"]}}";

    /** By how much fewer GNU parallel starts, which takes about five times as long for each. */
    private static final int PARALLEL_SHARE = 5;

    private final Bench.Setting setting;
    private final int jobs;
    private final boolean hasParallel = hasParallel();
    private double ours;
    private double bare;
    private double xargs;
    private double parallel;

    private EchoRate(Bench.Setting setting) {
        this.setting = setting;
        this.jobs = Math.max(1_000, setting.scale() / 40);
    }

    static void measure(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        EchoRate rate = new EchoRate(setting);
        rate.run();
        rate.show(report);
    }

    private void run() throws IOException, InterruptedException {
        millrace("warm", jobs / 2);
        for (int round = 0; round < ROUNDS; round++) {
            ours += millrace("round" + round, jobs) / ROUNDS;
            bare += spawnAndWait(jobs) / ROUNDS;
            xargs += shell("seq " + jobs + " | xargs -P2 -n1 echo hello", jobs) / ROUNDS;
            if (hasParallel) {
                int some = jobs / PARALLEL_SHARE;
                parallel += shell("seq " + some + " | parallel -j2 echo hello", some) / ROUNDS;
            }
        }
    }

    private void show(Report report) {
        report.atLeast("process jobs (echo), durable", "jobs/s", 1_700, ours, ratios());
        report.baseline("bare spawn and wait, 2 threads, output read", "1/s", bare, jobs + " each");
        report.baseline("xargs -P2, output not captured", "1/s", xargs, jobs + " each");
        if (hasParallel) {
            report.baseline("GNU parallel -j2, output grouped", "1/s", parallel, jobs / PARALLEL_SHARE + " each");
        }
    }

    private String ratios() {
        String ratios = String.format(Locale.ROOT, "%.2f of bare, %.2f of xargs", ours / bare, ours / xargs);
        return hasParallel
                ? String.format(Locale.ROOT, "%s, %.2f of GNU parallel", ratios, ours / parallel)
                : ratios + "; GNU parallel is not installed";
    }

    private double millrace(String name, int count) throws InterruptedException {
        Api api = setting.node().api();
        String channel = "/v1/channels/process-" + name;
        api.put(channel, "{}");
        api.post(channel + ":pause", "");
        api.post(channel + "/jobs:batchCreate", "{\"jobs\":[" + (JOB + ",").repeat(count - 1) + JOB + "]}");
        long before = System.nanoTime();
        api.post(channel + ":resume", "");
        while (api.get(channel).at("/status/jobs/succeeded").asLong() < count) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return count / ((System.nanoTime() - before) / 1e9);
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

    private static double shell(String script, int count) throws IOException, InterruptedException {
        long before = System.nanoTime();
        Process process = new ProcessBuilder("sh", "-c", script)
                .redirectOutput(new File("/dev/null"))
                .start();
        process.waitFor();
        return count / ((System.nanoTime() - before) / 1e9);
    }

    /** Another program of this name, which takes other options, is not it. */
    private static boolean hasParallel() {
        try {
            Process process = new ProcessBuilder("parallel", "--version")
                    .redirectErrorStream(true)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .startsWith("GNU parallel");
        } catch (IOException _) {
            return false;
        }
    }
}
