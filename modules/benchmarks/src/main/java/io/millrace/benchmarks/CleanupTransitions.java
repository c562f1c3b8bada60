package io.millrace.benchmarks;

import static io.millrace.benchmarks.CleanupCalls.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * How long an execution of cleanup tasks stays on each edge of its states: from being asked for to running, from one step
 * to the next, to its end, to its failure, and back by a rollback. Every step is journalled before it acts and behind, so
 * each edge includes at least one write. Times within an execution are those of its result, in whole milliseconds.
 */
@Proves({"C-19", "C-23", "C-55", "C-56", "C-64"})
final class CleanupTransitions {
    private static final double TRANSITION_MILLIS_MAX = 50;
    private static final double ROLLBACK_MILLIS_MAX = 50;
    private static final int CHAINED_TASKS = 20;
    private static final int INDEPENDENT_TASKS = 10;
    private static final int STEP_MILLIS = 100;

    /** One after the other they take twice as long. */
    private static final double INDEPENDENT_MILLIS_MAX = 500;

    private static final String PAUSE =
            "\"handler\":{\"name\":\"sleep\",\"input\":{\"duration\":\"" + STEP_MILLIS + "ms\"}}";

    private static final String CONTENT = "as it was";

    private final HttpCaller caller;
    private final Api api;
    private final Report report;
    private final int operations;

    private CleanupTransitions(HttpCaller caller, Bench.Setting setting, Report report) {
        this.caller = caller;
        this.api = setting.node().api();
        this.report = report;
        this.operations = operationsOf(setting);
    }

    static void measure(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            CleanupTransitions transitions = new CleanupTransitions(caller, setting, report);
            transitions.measureChain();
            transitions.measureFailure();
            transitions.measureRollback();
            transitions.measureRollbackOfRelease();
            transitions.measureIndependentSteps();
        }
    }

    /** More than 1,000, or some hundred in a short run. */
    private static int operationsOf(Bench.Setting setting) {
        return 70 * setting.seconds();
    }

    private CleanupCalls channel(String name) {
        String channel = "/v1/channels/" + name;
        api.put(channel, "{}");
        return new CleanupCalls(caller, channel);
    }

    // Forwards

    private void measureChain() throws IOException {
        CleanupCalls cleanups = channel("chain");
        for (int n = 0; n < CHAINED_TASKS; n++) {
            String[] dependsOn = n == 0 ? new String[0] : new String[] {"link-" + (n - 1)};
            cleanups.register(task("link-" + n, CleanupCalls.NOOP, dependsOn));
        }
        String last = "link-" + (CHAINED_TASKS - 1);
        for (int n = 0; n < operations / CHAINED_TASKS / 2; n++) {
            cleanups.execute(last, "COMPLETE");
        }
        Histogram asked = Latencies.empty();
        Histogram next = Latencies.empty();
        Histogram ended = Latencies.empty();
        for (int n = 0; n < operations / CHAINED_TASKS; n++) {
            Instant sent = Instant.now();
            JsonNode result = cleanups.execute(last, "COMPLETE");
            JsonNode steps = result.path("steps");
            add(asked, sent, time(result, "startedAt"));
            IntStream.range(1, CHAINED_TASKS)
                    .forEach(step ->
                            add(next, time(steps.path(step - 1), "startedAt"), time(steps.path(step), "startedAt")));
            add(ended, time(steps.path(CHAINED_TASKS - 1), "startedAt"), time(result, "endedAt"));
        }
        Latencies.report(report, "cleanup asked for to running", TRANSITION_MILLIS_MAX, asked);
        Latencies.report(report, "step running, complete, next running", TRANSITION_MILLIS_MAX, next);
        Latencies.report(report, "last step running to all complete", TRANSITION_MILLIS_MAX, ended);
    }

    /** The one step fails at once, so that the other is skipped; the next execution goes on from there. */
    private void measureFailure() throws IOException {
        CleanupCalls cleanups = channel("failures");
        cleanups.register(task("fails", CleanupCalls.FAILING));
        cleanups.register(task("skipped", CleanupCalls.NOOP, "fails"));
        Histogram failed = Latencies.empty();
        Histogram again = Latencies.empty();
        for (int n = 0; n < operations / 5; n++) {
            cleanups.execute("skipped", "FAILED");
        }
        for (int n = 0; n < operations; n++) {
            Instant sent = Instant.now();
            JsonNode result = cleanups.execute("skipped", "FAILED");
            add(again, sent, time(result, "startedAt"));
            add(failed, time(result.path("steps").path(0), "startedAt"), time(result, "endedAt"));
        }
        Latencies.report(report, "step running, failed, others skipped", TRANSITION_MILLIS_MAX, failed);
        Latencies.report(report, "failed cleanup asked for to running", TRANSITION_MILLIS_MAX, again);
    }

    /** Ten steps that wait for a handler each, at the same time, and one behind them. */
    private void measureIndependentSteps() throws IOException, InterruptedException {
        CleanupCalls cleanups = channel("independent");
        String[] names = IntStream.range(0, INDEPENDENT_TASKS)
                .mapToObj(n -> "independent-" + n)
                .toArray(String[]::new);
        for (String name : names) {
            cleanups.register(task(name, PAUSE));
        }
        cleanups.register(task("behind", CleanupCalls.NOOP, names));
        Histogram latency = Latencies.measure(
                operations / 100, operations / 10, _ -> cleanups.execute("behind", "COMPLETE"), _ -> {});
        Latencies.report(
                report,
                INDEPENDENT_TASKS + " independent cleanup steps of " + STEP_MILLIS + " ms",
                INDEPENDENT_MILLIS_MAX,
                latency);
    }

    // Back

    private void measureRollback() throws IOException, InterruptedException {
        CleanupCalls cleanups = channel("rollbacks");
        cleanups.register(task("reversible", CleanupCalls.REVERSIBLE));
        cleanups.execute("reversible", "COMPLETE");
        Histogram latency = Latencies.measure(
                operations / 5,
                operations,
                _ -> cleanups.rollBack("reversible"),
                _ -> cleanups.execute("reversible", "COMPLETE"));
        Latencies.report(report, "roll a cleanup back", ROLLBACK_MILLIS_MAX, latency);
    }

    /** What was withheld goes back to its holders as it was, whatever it is; nothing is allocated or copied for that. */
    private void measureRollbackOfRelease() throws IOException, InterruptedException {
        CleanupCalls cleanups = channel("withheld");
        String buffer = CleanupLoad.allocate(caller, "/v1/channels/withheld");
        caller.put(buffer + "/content", CONTENT.getBytes(StandardCharsets.US_ASCII));
        cleanups.register(task("release", CleanupCalls.RELEASE));
        cleanups.register(task("fails", CleanupCalls.FAILING, "release"));
        cleanups.execute("fails", "COMPLETE_WITH_FAILURES");
        Histogram latency = Latencies.measure(operations / 5, operations, _ -> cleanups.rollBack("fails"), _ -> {
            requireContent(buffer);
            cleanups.execute("fails", "COMPLETE_WITH_FAILURES");
        });
        Latencies.report(
                report,
                "roll a cleanup back, " + CleanupLoad.BUFFERS + " buffers withheld",
                ROLLBACK_MILLIS_MAX,
                latency);
        cleanups.rollBack("fails");
        cleanups.execute("release", "COMPLETE");
    }

    private void requireContent(String buffer) throws IOException {
        String content = caller.get(buffer + "/content").body();
        if (!content.startsWith(CONTENT)) {
            throw new IllegalStateException("a buffer came back with other content");
        }
    }

    private static Instant time(JsonNode object, String field) {
        return Instant.parse(object.path(field).asText());
    }

    /** Not below 0, as the node cuts its times to milliseconds. */
    private static void add(Histogram latency, Instant from, Instant to) {
        latency.recordValue(Math.max(0, Duration.between(from, to).toNanos()));
    }
}
