package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * A node is killed and is there again within the lease: it goes on with the same processes, hears all they have written
 * since, and how they end.
 *
 * @param processes how many run
 */
record RestartedNodeDrill(int processes) implements ProcessDrill {
    private static final String NODE = "node";
    private static final String CHANNEL = "drill";
    private static final Duration LEASE = Duration.ofSeconds(45);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int EXIT_CODE = 5;

    /** How many lines each has written before its node is killed. */
    private static final int LINES_MIN = 5;

    /** Numbers its lines and notes how many it has written. Ends when it is told to, after the last of them. */
    private static final String COUNTER = """
        number=0
        until [ -e "$1.end" ]; do
            number=$((number + 1))
            echo $number
            echo $number > "$1"
            sleep 0.2
        done
        exit 5
        """;

    /** @param noted file that says how many lines it has written */
    private record Counter(ChannelProcess process, int pid, Path noted) {
        int written() {
            try {
                String number = Files.exists(noted) ? Files.readString(noted).strip() : "";
                return number.isEmpty() ? 0 : Integer.parseInt(number);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        nodes.with("MILLRACE_PROCESSES_LEASE", LEASE.toSeconds() + "s");
        ForkedNode killed = nodes.start(NODE);
        List<Counter> counters = start(nodes, killed);
        for (Counter counter : counters) {
            Awaitility.await().atMost(SOON).until(() -> counter.written() >= LINES_MIN);
        }
        Pauses.of(Pauses.between(Duration.ZERO, Duration.ofSeconds(3), random));

        long killedAt = System.nanoTime();
        killed.kill();
        List<Integer> writtenBefore = counters.stream().map(Counter::written).toList();
        ForkedNode next = nodes.start(NODE);
        for (Counter counter : counters) {
            JsonNode shown = counter.process.at(next).awaitRun(1);
            assertThat(shown.path("pid").asInt()).isEqualTo(counter.pid);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - killedAt);

        for (int i = 0; i < counters.size(); i++) {
            assertEndsWhole(counters.get(i), next, writtenBefore.get(i));
        }
        return DrillResult.seconds("until a restarted node had its processes back", took, LEASE);
    }

    private List<Counter> start(Nodes nodes, ForkedNode node) throws IOException {
        Path script = Files.writeString(nodes.path("counter.sh"), COUNTER);
        HttpApi api = node.api();
        api.put("/v1/channels/" + CHANNEL, "{\"spec\":{\"resources\":{\"processes\":" + processes + "}}}")
                .expectSuccess();
        List<Counter> counters = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            Path noted = nodes.path("counter-" + i);
            ChannelProcess process = ChannelProcess.startOnce(api, CHANNEL, "counter-" + i, script, noted);
            int pid = process.awaitRun(1).path("pid").asInt();
            counters.add(new Counter(process, pid, noted));
        }
        return counters;
    }

    /** Of lines from before the node was killed the last ones may be lost, which it had and had not stored. */
    private static void assertEndsWhole(Counter counter, ForkedNode node, int writtenBefore) throws IOException {
        Files.createFile(counter.noted.resolveSibling(counter.noted.getFileName() + ".end"));
        ChannelProcess process = counter.process.at(node);
        JsonNode ended = process.await(shown -> !shown.path("running").asBoolean());
        assertThat(ended.path("exitCode").asInt()).isEqualTo(EXIT_CODE);
        assertThat(ended.path("run").asInt()).isEqualTo(1);
        int written = counter.written();
        List<Integer> told = Awaitility.await("last line of " + process.id())
                .atMost(SOON)
                .until(() -> process.lines().stream().map(Integer::valueOf).toList(), lines -> lines.contains(written));
        assertThat(told).isSorted().doesNotHaveDuplicates();
        assertThat(told)
                .containsAll(IntStream.rangeClosed(writtenBefore + 1, written)
                        .boxed()
                        .toList());
    }
}
