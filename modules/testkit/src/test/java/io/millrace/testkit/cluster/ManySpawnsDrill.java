package io.millrace.testkit.cluster;

import static org.awaitility.Awaitility.await;

import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Many short commands, one after the other and side by side: neither the node nor its companion holds more afterwards than
 * before, and no process is left.
 *
 * @param commands how many
 */
record ManySpawnsDrill(int commands) implements ProcessDrill {
    private static final String NODE = "node";
    private static final String CHANNEL = "/v1/channels/drill";
    private static final String JOB = "{\"process\":{\"command\":[\"echo\",\"hello\"]}}";
    private static final int WARM_UP = 200;
    private static final Duration DONE_MAX = Duration.ofMinutes(2);

    /** What is closed or collected a moment later is no leak. */
    private static final Duration REST_MAX = Duration.ofSeconds(20);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    /** Pools of connections and threads need not be full after the warm-up; a leak of one in a hundred would show. */
    private static final int MORE_MAX = 10;

    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        ForkedNode node = nodes.start(NODE);
        HttpApi api = node.api();
        api.put(CHANNEL, "{\"spec\":{\"threads\":{\"max\":10}}}").expectSuccess();
        int companion = nodes.processesOf(NODE).companion().orElseThrow();
        execute(api, WARM_UP, WARM_UP);
        long before = held(node.pid()) + held(companion);

        execute(api, commands, WARM_UP + commands);

        long restMax = System.nanoTime() + REST_MAX.toNanos();
        long after = held(node.pid()) + held(companion);
        while (after > before && System.nanoTime() - restMax < 0) {
            Pauses.of(LOOK_AGAIN);
            after = held(node.pid()) + held(companion);
        }
        return new DrillResult(
                "descriptors, threads and children more after " + commands + " commands",
                "",
                Math.max(0, after - before),
                MORE_MAX);
    }

    private static void execute(HttpApi api, int count, int succeeded) {
        api.post(CHANNEL + "/jobs:batchCreate", "{\"jobs\":[" + (JOB + ",").repeat(count - 1) + JOB + "]}")
                .expectSuccess();
        await().atMost(DONE_MAX)
                .until(() -> api.get(CHANNEL)
                                .expect(200)
                                .at("/status/jobs/succeeded")
                                .asInt()
                        == succeeded);
    }

    /** Descriptors, threads and children of a process, zombies among them. */
    private static long held(int pid) {
        long children = ProcessTable.all().stream()
                .filter(process -> process.parent() == pid)
                .count();
        return entries(Path.of("/proc/" + pid + "/fd")) + entries(Path.of("/proc/" + pid + "/task")) + children;
    }

    private static long entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
