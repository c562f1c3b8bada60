package io.millrace.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Latency of one operation as the contracts define it: one after the other on an idle node, warm, from sending the request
 * to having the reply.
 */
final class Latencies {
    private static final int WARM_UP = 2_000;
    private static final int OPERATIONS = 2_000;

    private Latencies() {}

    /** Something to measure; what it returns is handed to {@code after}, outside the measured time. */
    @FunctionalInterface
    interface Operation<T> {
        T run(int n) throws IOException, InterruptedException;
    }

    @FunctionalInterface
    interface After<T> {
        void run(T result) throws IOException, InterruptedException;
    }

    static <T> Histogram measure(Operation<T> operation, After<T> after) throws IOException, InterruptedException {
        return measure(WARM_UP, OPERATIONS, operation, after);
    }

    /** For an operation that takes too long to be measured as often as others. */
    static <T> Histogram measure(int warmUp, int operations, Operation<T> operation, After<T> after)
            throws IOException, InterruptedException {
        for (int n = 0; n < warmUp; n++) {
            after.run(operation.run(n));
        }
        Histogram latency = empty();
        for (int n = warmUp; n < warmUp + operations; n++) {
            after.run(measureOnce(operation, n, latency));
        }
        return latency;
    }

    static <T> Histogram measure(Operation<T> operation) throws IOException, InterruptedException {
        return measure(operation, _ -> {});
    }

    /**
     * Rounds of one operation, for a bound near what the machine itself needs for it: the median of the rounds is what the
     * operation costs, where a single round may be what something else on the machine did at that moment.
     *
     * @param operations of each round
     */
    static <T> List<Histogram> measureRounds(int rounds, int operations, Operation<T> operation, After<T> after)
            throws IOException, InterruptedException {
        List<Histogram> latencies = new ArrayList<>();
        latencies.add(measure(WARM_UP, operations, operation, after));
        while (latencies.size() < rounds) {
            latencies.add(measure(0, operations, operation, after));
        }
        return latencies;
    }

    /** For nanoseconds. */
    static Histogram empty() {
        return new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    }

    /** Latencies of two operations. */
    record Pair(Histogram first, Histogram second) {
        static Pair empty() {
            return new Pair(Latencies.empty(), Latencies.empty());
        }
    }

    /**
     * Two operations that take turns, so that whatever else the machine does costs both the same.
     *
     * @param after what to do with either's result, outside the measured time
     */
    static <T> Pair measureInTurns(Operation<T> first, Operation<T> second, After<T> after)
            throws IOException, InterruptedException {
        Pair warm = Pair.empty();
        Pair latencies = Pair.empty();
        for (int n = 0; n < WARM_UP + OPERATIONS; n++) {
            Pair current = n < WARM_UP ? warm : latencies;
            after.run(measureOnce(first, n, current.first));
            after.run(measureOnce(second, n, current.second));
        }
        return latencies;
    }

    /**
     * An operation and its opposite, which undoes it.
     *
     * @return latencies of both
     */
    static <T> Pair measureBoth(Operation<T> operation, After<T> opposite) throws IOException, InterruptedException {
        Pair warm = Pair.empty();
        Pair latencies = Pair.empty();
        for (int n = 0; n < WARM_UP + OPERATIONS; n++) {
            Pair current = n < WARM_UP ? warm : latencies;
            T result = measureOnce(operation, n, current.first);
            long started = System.nanoTime();
            opposite.run(result);
            current.second.recordValue(System.nanoTime() - started);
        }
        return latencies;
    }

    private static <T> T measureOnce(Operation<T> operation, int n, Histogram latency)
            throws IOException, InterruptedException {
        long started = System.nanoTime();
        T result = operation.run(n);
        latency.recordValue(System.nanoTime() - started);
        return result;
    }

    /** Reports the 99th percentile against a bound, in milliseconds. */
    static void report(Report report, String name, double bound, Histogram latency) {
        report.atMost(name + ", p99", "ms", bound, milliseconds(latency, 99), detail(latency));
    }

    /** Reports the median of the rounds' 99th percentiles against a bound, in milliseconds, and each of them beside it. */
    static void report(Report report, String name, double bound, List<Histogram> rounds) {
        List<Double> percentiles =
                rounds.stream().map(round -> milliseconds(round, 99)).sorted().toList();
        Histogram all = empty();
        rounds.forEach(all::add);
        report.atMost(
                name + ", p99",
                "ms",
                bound,
                percentiles.get(percentiles.size() / 2),
                percentiles.stream()
                                .map(Report::number)
                                .collect(Collectors.joining(" ", "median of rounds with ", "; together p99 "))
                        + Report.number(milliseconds(all, 99)) + " " + detail(all));
    }

    static double milliseconds(Histogram latency, double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e6;
    }

    static String detail(Histogram latency) {
        return String.format(
                Locale.ROOT,
                "p50 %.2f p95 %.2f max %.1f ms, %d operations",
                milliseconds(latency, 50),
                milliseconds(latency, 95),
                latency.getMaxValue() / 1e6,
                latency.getTotalCount());
    }
}
