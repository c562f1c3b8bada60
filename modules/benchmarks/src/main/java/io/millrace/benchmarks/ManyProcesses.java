package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * As many processes at once as a channel may have, none of which does anything: how long until all of them run, what they
 * cost the node and its process host, and how long until none is left.
 */
final class ManyProcesses {
    private static final String CHANNEL = "/v1/channels/many-processes";
    private static final int PROCESSES = 200;
    private static final int POLL_MILLIS = 10;
    private static final long RUNNING_SECONDS_MAX = 60;

    /** Of a JVM's own, for which the processes are only an occasion. A thread for every tenth process would be more. */
    private static final int THREADS_GROWN_MAX = 10;

    private static final double KILOBYTES_PER_MEGABYTE = 1_024;

    private final Api api;
    private final int port;
    private final OsProcess node;
    private final OsProcess host;

    private ManyProcesses(NodeUnderTest node) {
        this.api = node.api();
        this.port = node.apiPort();
        this.node = new OsProcess(node.pid());
        this.host = node.processHost();
    }

    static void measure(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        new ManyProcesses(setting.node()).run(report);
    }

    /** What a JVM holds. */
    private record Held(double megabytes, long threads) {
        static Held by(OsProcess process) throws IOException {
            return new Held(process.residentMegabytes(), process.threads());
        }
    }

    private void run(Report report) throws IOException, InterruptedException {
        api.put(CHANNEL, "{\"resources\":{\"processes\":" + PROCESSES + "}}");
        Held nodeBefore = Held.by(node);
        Held hostBefore = Held.by(host);
        double startMillis = startAll();
        show("node", nodeBefore, Held.by(node), report);
        show("process host", hostBefore, Held.by(host), report);
        report.baseline(
                PROCESSES + " processes, until all run",
                "ms",
                startMillis,
                String.format(
                        Locale.ROOT, "%.0f/s, one request each, one after the other", PROCESSES / startMillis * 1e3));
        deleteAll(report);
    }

    private static void show(String name, Held before, Held with, Report report) {
        report.baseline(
                PROCESSES + " processes, memory of the " + name + " for each",
                "KB",
                (with.megabytes - before.megabytes) * KILOBYTES_PER_MEGABYTE / PROCESSES,
                String.format(Locale.ROOT, "resident, from %.1f to %.1f MB", before.megabytes, with.megabytes));
        report.atMost(
                PROCESSES + " processes, threads more in the " + name,
                "threads",
                THREADS_GROWN_MAX,
                with.threads - before.threads,
                "from " + before.threads + " to " + with.threads);
    }

    /** @return milliseconds until all of them run */
    private double startAll() throws IOException, InterruptedException {
        long before = System.nanoTime();
        try (HttpCaller caller = new HttpCaller(port)) {
            for (int n = 0; n < PROCESSES; n++) {
                caller.post(CHANNEL + "/processes", "{\"name\":\"sleeper-" + n + "\",\"command\":[\"sleep\",\"600\"]}");
            }
        }
        while (running().size() < PROCESSES) {
            if (System.nanoTime() - before > TimeUnit.SECONDS.toNanos(RUNNING_SECONDS_MAX)) {
                throw new IllegalStateException("Of " + PROCESSES + " processes "
                        + running().size() + " run after " + RUNNING_SECONDS_MAX + " s.");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return (System.nanoTime() - before) / 1e6;
    }

    private void deleteAll(Report report) throws InterruptedException {
        List<OsProcess> all = running();
        long before = System.nanoTime();
        String operation = api.delete(CHANNEL).at("/operation/id").asText();
        while (!hasEnded(operation)) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        double millis = (System.nanoTime() - before) / 1e6;
        long left = all.stream().filter(OsProcess::isThere).count();
        report.atMost("deleting a channel with " + PROCESSES + " processes", "ms", 30_000, millis, "");
        report.atMost("processes left after that", "", 0, left, "of " + all.size() + ", zombies counted too");
    }

    private boolean hasEnded(String operation) {
        return api.get("/v1/operations/" + operation).path("state").asText().equals("SUCCEEDED");
    }

    private List<OsProcess> running() {
        JsonNode items = api.get(CHANNEL + "/processes?state=RUNNING&pageSize=" + PROCESSES)
                .path("items");
        return items.valueStream()
                .map(process -> new OsProcess(process.path("pid").asLong()))
                .toList();
    }
}
