package io.millrace.benchmarks;

import static java.util.Objects.requireNonNull;

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
import org.jspecify.annotations.Nullable;

/**
 * {@code echo} as a job, with output and exit code durable, beside things that only start and wait: a loop over
 * {@link ProcessBuilder}, {@code xargs -P2}, and GNU parallel where it is installed. They take turns, so that a busy machine
 * is busy for all of them. The processor time of each is shown too, which says what a job costs on a machine that is.
 */
final class EchoRate {
    /** For some ten thousand jobs the compilers of a new JVM use as much of a processor as the jobs. */
    private static final int WARM_UP_ROUNDS = 3;

    private static final int ROUNDS = 2;
    private static final String JOB = "{\"process\":{\"command\":[\"echo\",\"hello\"]}}";

    /** By how much fewer GNU parallel starts, which takes about five times as long for each. */
    private static final int PARALLEL_SHARE = 5;

    private final Bench.Setting setting;
    private final int jobs;
    private final boolean hasParallel = hasParallel();
    private final Way ours = new Way();
    private final Way bare = new Way();
    private final Way xargs = new Way();
    private final Way parallel = new Way();
    private @Nullable EchoProcessors cost;

    /** How fast one way of running {@code echo} is, and what each takes of a processor: sums over all rounds. */
    private static final class Way {
        private double rates;
        private double millis;

        void add(double rate, double millisEach) {
            rates += rate;
            millis += millisEach;
        }

        double rate() {
            return rates / ROUNDS;
        }

        double processorMillis() {
            return millis / ROUNDS;
        }
    }

    /** Something that runs a number of commands. */
    @FunctionalInterface
    private interface Commands {
        /** @return how many in a second */
        double run(int count) throws IOException, InterruptedException;
    }

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
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            millrace("warm" + round, jobs);
        }
        for (int round = 0; round < ROUNDS; round++) {
            measureMillrace("round" + round);
            measure(bare, jobs, EchoRate::spawnAndWait);
            measure(xargs, jobs, count -> shell("seq " + count + " | xargs -P2 -n1 echo hello", count));
            if (hasParallel) {
                measure(
                        parallel,
                        jobs / PARALLEL_SHARE,
                        count -> shell("seq " + count + " | parallel -j2 echo hello", count));
            }
        }
    }

    private void measureMillrace(String name) throws IOException, InterruptedException {
        EchoProcessors before = EchoProcessors.now(setting.node(), setting.data());
        double rate = millrace(name, jobs);
        EchoProcessors each = EchoProcessors.now(setting.node(), setting.data()).perJobSince(before, jobs);
        ours.add(rate, each.total());
        cost = each;
    }

    private static void measure(Way way, int count, Commands commands) throws IOException, InterruptedException {
        double before = EchoProcessors.ownMillis();
        double rate = commands.run(count);
        way.add(rate, (EchoProcessors.ownMillis() - before) / count);
    }

    private void show(Report report) {
        report.atLeast("process jobs (echo), durable", "jobs/s", 1_700, ours.rate(), ratios());
        report.baseline("processor time of such a job", "ms", ours.processorMillis(), shares());
        show("bare spawn and wait, 2 threads, output read", bare, jobs, report);
        show("xargs -P2, output not captured", xargs, jobs, report);
        if (hasParallel) {
            show("GNU parallel -j2, output grouped", parallel, jobs / PARALLEL_SHARE, report);
        }
    }

    private static void show(String name, Way way, int count, Report report) {
        report.baseline(
                name,
                "1/s",
                way.rate(),
                String.format(Locale.ROOT, "%d each, %.2f ms of a processor for one", count, way.processorMillis()));
    }

    private String shares() {
        EchoProcessors last = requireNonNull(cost);
        return String.format(
                Locale.ROOT,
                "in the last round node %.2f, process host %.2f, commands %.2f, database %.2f",
                last.node(),
                last.host(),
                last.commands(),
                last.database());
    }

    private String ratios() {
        double rate = ours.rate();
        String ratios =
                String.format(Locale.ROOT, "%.2f of bare, %.2f of xargs", rate / bare.rate(), rate / xargs.rate());
        return hasParallel
                ? String.format(Locale.ROOT, "%s, %.2f of GNU parallel", ratios, rate / parallel.rate())
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
