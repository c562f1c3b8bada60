package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What the resource manager's operations cost a caller over HTTP, asked at the one node there is (local) and at a node of
 * three that does not own the channel (remote), and what they cost without HTTP.
 *
 * <p>A cold allocation gets memory that comes from the system for it, a warm one a buffer that was returned before.
 */
@Proves({"R-11", "R-12", "R-13", "R-14", "R-16", "R-17", "R-18", "R-45", "R-51", "R-52", "R-54"})
final class ResourcesBenchmark implements Bench.Measurement {
    /** More than the default, so that hundreds of handles are of one tier; 167 MB together if all are in use. */
    private static final String ROOMY = "{\"resources\":{\"buffer\":{\"small\":1000,\"medium\":1000,\"large\":100}}}";

    private static final String FILE = "{\"type\":\"files\",\"size\":1}";
    private static final String SMALL_BUFFER = buffer(BufferTier.SMALL.bytes());
    private static final int WARM_UP = 2_000;
    private static final int FEW_HANDLES = 10;
    private static final int MANY_HANDLES = 800;
    private static final double MANY_TO_FEW_MAX = 1.5;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        try (HttpCaller caller = new HttpCaller(setting.node().apiPort())) {
            String channel = "/v1/channels/resources";
            setting.node().api().put(channel, ROOMY);
            measureIn("local", channel, caller, report);
            measureNumberOfHandles(setting.node().api(), caller, report);
            measureCostOfName(caller, report);
        }
        ResourceLoad.measure(setting, report);
        ResourceCost.measure(report);
        try (ClusterUnderTest cluster =
                        ClusterUnderTest.start(setting.project(), setting.data().resolve("resources-cluster"));
                HttpCaller caller = new HttpCaller(cluster.apiPort())) {
            String channel = "/v1/channels/" + cluster.remoteChannel();
            new Api(cluster.apiPort()).put(channel, ROOMY);
            measureIn("remote", channel, caller, report);
        }
    }

    /** A request for a buffer. */
    static String buffer(int bytes) {
        return "{\"type\":\"buffer\",\"size\":" + bytes + "}";
    }

    /** @return path of the resource */
    static String allocate(HttpCaller caller, String channel, String request) throws IOException {
        String resources = channel + "/resources";
        return resources + "/" + caller.post(resources, request).text("id");
    }

    private static void measureIn(String place, String channel, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        warmUpWithoutMemory(channel, caller);
        for (BufferTier tier : BufferTier.values()) {
            measureCold(tier, place, channel, caller, report);
        }
        for (BufferTier tier : BufferTier.values()) {
            measureWarm(tier, place, channel, caller, report);
        }
        measureQuestions(place, channel, caller, report);
        measureIsolation(place, channel, caller, report);
    }

    /** So that what is cold is the memory and not the way of the request. */
    private static void warmUpWithoutMemory(String channel, HttpCaller caller) throws IOException {
        for (int n = 0; n < WARM_UP; n++) {
            caller.delete(allocate(caller, channel, FILE));
        }
    }

    /** Holds all it gets, so that none is a buffer that was returned. */
    private static void measureCold(BufferTier tier, String place, String channel, HttpCaller caller, Report report)
            throws IOException {
        Histogram latency = Latencies.empty();
        List<String> held = new ArrayList<>();
        for (int n = 0; n < (tier == BufferTier.LARGE ? 100 : 1_000); n++) {
            long started = System.nanoTime();
            String buffer = allocate(caller, channel, buffer(tier.bytes()));
            long nanos = System.nanoTime() - started;
            held.add(buffer);
            latency.recordValue(nanos);
            if (n == 0) {
                report.atMost("allocate the first " + tier.wireName() + " buffer, " + place, "ms", 10, nanos / 1e6, "");
            }
        }
        Latencies.report(report, "allocate a " + tier.wireName() + " buffer, cold, " + place, 10, latency);
        release(held, caller);
    }

    private static void measureWarm(BufferTier tier, String place, String channel, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        Latencies.Pair costs =
                Latencies.measureBoth(_ -> allocate(caller, channel, buffer(tier.bytes())), caller::delete);
        String buffer = " a " + tier.wireName() + " buffer, ";
        Latencies.report(report, "allocate" + buffer + "warm, " + place, 10, costs.first());
        Latencies.report(report, "release" + buffer + place, 10, costs.second());
    }

    private static void measureQuestions(String place, String channel, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        String held = allocate(caller, channel, SMALL_BUFFER);
        Latencies.report(
                report,
                "validate a resource, " + place,
                20,
                Latencies.measure(_ -> caller.post(held + ":validate", "")));
        Latencies.report(
                report, "show the use of a buffer, " + place, 5, Latencies.measure(_ -> caller.get(held + "/metrics")));
        Latencies.report(
                report,
                "check limits, " + place,
                5,
                Latencies.measure(_ -> caller.get(channel + "/resources:limits?type=buffer")));
        caller.delete(held);
        Latencies.report(
                report,
                "verify that a resource is back, " + place,
                10,
                Latencies.measure(_ -> caller.get(held + ":verifyCleanup")));
    }

    private static void measureIsolation(String place, String channel, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        List<String> held = hold(MANY_HANDLES, channel, caller);
        Histogram latency = Latencies.measure(_ -> caller.post(channel + "/resources:verifyIsolation", ""), reply -> {
            if (!reply.body().contains("\"isolated\":true")) {
                throw new IllegalStateException("a channel is not isolated: " + reply.body());
            }
        });
        Latencies.report(report, "verify isolation, " + MANY_HANDLES + " buffers, " + place, 15, latency);
        release(held, caller);
    }

    /** The same allocation in a channel that holds little and in one that holds much, taking turns. */
    private static void measureNumberOfHandles(Api api, HttpCaller caller, Report report)
            throws IOException, InterruptedException {
        String few = "/v1/channels/few-handles";
        String many = "/v1/channels/many-handles";
        api.put(few, ROOMY);
        api.put(many, ROOMY);
        List<String> held = hold(FEW_HANDLES, few, caller);
        held.addAll(hold(MANY_HANDLES, many, caller));
        Latencies.Pair costs = Latencies.measureInTurns(
                _ -> allocate(caller, few, SMALL_BUFFER), _ -> allocate(caller, many, SMALL_BUFFER), caller::delete);
        report.atMost(
                "allocate with " + MANY_HANDLES + " handles / with " + FEW_HANDLES + ", p50",
                "x",
                MANY_TO_FEW_MAX,
                Latencies.milliseconds(costs.second(), 50) / Latencies.milliseconds(costs.first(), 50),
                FEW_HANDLES + ": " + Latencies.detail(costs.first()) + "; " + MANY_HANDLES + ": "
                        + Latencies.detail(costs.second()));
        release(held, caller);
    }

    /** The same allocation in the channel that needs no name and in a named one, taking turns. */
    private static void measureCostOfName(HttpCaller caller, Report report) throws IOException, InterruptedException {
        String named = "/v1/channels/resources";
        String unnamed = "/v1/channels/default";
        Latencies.Pair costs = Latencies.measureInTurns(
                _ -> allocate(caller, unnamed, SMALL_BUFFER),
                _ -> allocate(caller, named, SMALL_BUFFER),
                caller::delete);
        report.atMost(
                "naming a channel adds to an allocation, p99",
                "ms",
                10,
                Math.max(0, Latencies.milliseconds(costs.second(), 99) - Latencies.milliseconds(costs.first(), 99)),
                "default " + Latencies.detail(costs.first()) + "; named " + Latencies.detail(costs.second()));
    }

    private static List<String> hold(int buffers, String channel, HttpCaller caller) throws IOException {
        List<String> held = new ArrayList<>();
        for (int n = 0; n < buffers; n++) {
            held.add(allocate(caller, channel, SMALL_BUFFER));
        }
        return held;
    }

    private static void release(List<String> held, HttpCaller caller) throws IOException {
        for (String resource : held) {
            caller.delete(resource);
        }
    }
}
