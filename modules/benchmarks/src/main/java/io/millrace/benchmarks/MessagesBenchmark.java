package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How long one message keeps an actor of a channel from the next one, while jobs are submitted and run as fast as they
 * can. The node counts every message into ranges; what is reported is the upper bound of the range of the percentile.
 */
@Proves("G-77")
final class MessagesBenchmark implements Bench.Measurement {
    /** Times of messages, of all actors of channels. */
    static final String METRIC = "millrace_actor_message_seconds";

    private static final String CHANNEL = "/v1/channels/messages";
    private static final int IN_FLIGHT = 16;
    private static final double P99_MILLIS_MAX = 1;

    @Override
    public void run(Bench.Setting setting, Report report) {
        Api api = setting.node().api();
        Api management = setting.node().management();
        api.put(CHANNEL, "{}");
        byte[] request = Api.rawPost(CHANNEL + "/jobs", "{\"handler\":{\"name\":\"noop\"}}");
        HttpLoad load = new HttpLoad(setting.node().apiPort(), IN_FLIGHT);
        Duration duration = Duration.ofSeconds(setting.seconds());
        load.closedLoop(duration, _ -> request);
        NavigableMap<Double, Double> before = management.histogram(METRIC);
        HttpLoad.Result result = load.closedLoop(duration, _ -> request);
        NavigableMap<Double, Double> counts = difference(management.histogram(METRIC), before);
        report.atMost(
                "time a message keeps an actor, p99",
                "ms",
                P99_MILLIS_MAX,
                milliseconds(counts, 0.99),
                String.format(
                        Locale.ROOT,
                        "p50 ≤ %s p99.9 ≤ %s ms, %,.0f messages, %,.0f submits/s",
                        milliseconds(counts, 0.5),
                        milliseconds(counts, 0.999),
                        counts.lastEntry().getValue(),
                        result.perSecond()));
        api.post(CHANNEL + ":purge", "");
    }

    static NavigableMap<Double, Double> difference(Map<Double, Double> after, Map<Double, Double> before) {
        NavigableMap<Double, Double> counts = new TreeMap<>();
        after.forEach((bound, count) -> counts.put(bound, count - before.getOrDefault(bound, 0.0)));
        return counts;
    }

    /** Upper bound of the range in which that share of the counted values ends. */
    static double milliseconds(NavigableMap<Double, Double> counts, double share) {
        double wanted = share * counts.lastEntry().getValue();
        return counts.entrySet().stream()
                        .filter(entry -> entry.getValue() >= wanted)
                        .mapToDouble(Map.Entry::getKey)
                        .findFirst()
                        .orElse(Double.POSITIVE_INFINITY)
                * 1e3;
    }
}
