package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.io.IOException;
import java.util.stream.IntStream;

/**
 * What the cleanup manager's operations cost a caller over HTTP, asked at the one node there is (local) and at a node of
 * three that does not own the channel (remote).
 */
@Proves({"C-12", "C-14", "C-15", "C-17", "C-18", "C-20", "C-54", "C-62"})
final class CleanupsBenchmark implements Bench.Measurement {
    private static final String REGISTERED = CleanupCalls.task("registered", CleanupCalls.NOOP);
    private static final int GRAPH_TASKS = 100;
    private static final int FEW_TASKS = 10;

    /** One less than a channel may have. */
    private static final int MANY_TASKS = 999;

    private static final double MANY_TO_FEW_MAX = 1.5;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            String channel = "/v1/channels/cleanups";
            setting.node().api().put(channel, "{}");
            measureIn("local", channel, caller, report);
            measureNumberOfTasks(setting.node().api(), caller, report);
            measureCostOfName(caller, report);
        }
        CleanupTransitions.measure(setting, report);
        CleanupCost.measure(setting, report);
        CleanupLoad.measure(setting, report);
        try (ClusterUnderTest cluster =
                        ClusterUnderTest.start(setting.project(), setting.data().resolve("cleanups-cluster"));
                HttpCaller caller = new HttpCaller(cluster.apiPort())) {
            measureIn("remote", "/v1/channels/" + cluster.remoteChannel(), caller, report);
        }
    }

    private static void measureIn(String place, String channel, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        CleanupCalls cleanups = new CleanupCalls(caller, channel);
        Latencies.report(
                report,
                "register a cleanup task, " + place,
                30,
                Latencies.measure(_ -> cleanups.register(REGISTERED), caller::delete));
        measureQuestions(place, cleanups, report);
        registerGraph(cleanups);
        Latencies.report(
                report,
                "check dependencies of " + GRAPH_TASKS + " tasks, " + place,
                10,
                Latencies.measure(_ -> cleanups.validateDependencies("graph-" + (GRAPH_TASKS - 1))));
        CleanupLoad.allocate(caller, channel);
        Latencies.report(
                report,
                "verify isolation, " + GRAPH_TASKS + " tasks, " + place,
                15,
                Latencies.measure(_ -> cleanups.verifyIsolation()));
        cleanups.executeAll();
    }

    private static void measureQuestions(String place, CleanupCalls cleanups, Report report)
            throws IOException, InterruptedException {
        cleanups.register(CleanupCalls.task("executed", CleanupCalls.NOOP));
        cleanups.execute("executed", "COMPLETE");
        Latencies.report(
                report, "validate a cleanup task, " + place, 20, Latencies.measure(_ -> cleanups.validate("executed")));
        Latencies.report(
                report,
                "verify that a cleanup is complete, " + place,
                20,
                Latencies.measure(_ -> cleanups.show("executed")));
        Latencies.report(
                report,
                "show how a cleanup task has done, " + place,
                5,
                Latencies.measure(_ -> cleanups.showMetrics("executed")));
    }

    /** A graph in which the last task is behind all others, each of which depends on up to three. */
    private static void registerGraph(CleanupCalls cleanups) throws IOException {
        for (int n = 0; n < GRAPH_TASKS; n++) {
            String[] dependsOn = n == 0
                    ? new String[0]
                    : IntStream.of(n - 1, n / 2, n / 3)
                            .distinct()
                            .mapToObj(dependency -> "graph-" + dependency)
                            .toArray(String[]::new);
            cleanups.register(CleanupCalls.task("graph-" + n, CleanupCalls.NOOP, dependsOn));
        }
    }

    /** The same registration in a channel with few tasks and in one with as many as it may have, taking turns. */
    private static void measureNumberOfTasks(Api api, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        CleanupCalls few = withTasks(FEW_TASKS, "/v1/channels/few-tasks", api, caller);
        CleanupCalls many = withTasks(MANY_TASKS, "/v1/channels/many-tasks", api, caller);
        Latencies.Pair costs =
                Latencies.measureInTurns(_ -> few.register(REGISTERED), _ -> many.register(REGISTERED), caller::delete);
        report.atMost(
                "register with " + MANY_TASKS + " tasks / with " + FEW_TASKS + ", p50",
                "x",
                MANY_TO_FEW_MAX,
                Latencies.milliseconds(costs.second(), 50) / Latencies.milliseconds(costs.first(), 50),
                FEW_TASKS + ": " + Latencies.detail(costs.first()) + "; " + MANY_TASKS + ": "
                        + Latencies.detail(costs.second()));
    }

    private static CleanupCalls withTasks(int tasks, String channel, Api api, HttpCaller caller) throws IOException {
        api.put(channel, "{}");
        CleanupCalls cleanups = new CleanupCalls(caller, channel);
        for (int n = 0; n < tasks; n++) {
            cleanups.register(CleanupCalls.task("task-" + n, CleanupCalls.NOOP));
        }
        return cleanups;
    }

    /** The same registration in the channel that needs no name and in a named one, taking turns. */
    private static void measureCostOfName(HttpCaller caller, Report report) throws IOException, InterruptedException {
        CleanupCalls unnamed = new CleanupCalls(caller, "/v1/channels/default");
        CleanupCalls named = new CleanupCalls(caller, "/v1/channels/few-tasks");
        Latencies.Pair costs = Latencies.measureInTurns(
                _ -> unnamed.register(REGISTERED), _ -> named.register(REGISTERED), caller::delete);
        report.atMost(
                "naming a channel adds to a registration, p99",
                "ms",
                10,
                Math.max(0, Latencies.milliseconds(costs.second(), 99) - Latencies.milliseconds(costs.first(), 99)),
                "default " + Latencies.detail(costs.first()) + "; named " + Latencies.detail(costs.second()));
    }
}
