package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands of jobs whose node is killed and started again within their lease. */
class JobRestartIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String CHANNEL = "build";
    private static final int EXIT_CODE = 3;

    /**
     * Says once who it is, what its fencing tokens are and where it works, then numbers its lines and notes how many it has
     * written, until it is told to end.
     */
    private static final String COUNTER = """
        echo "$$ $MILLRACE_FENCING_TOKEN $MILLRACE_LOCK_TOKENS $PWD" >> "$1.witness"
        number=0
        until [ -e "$1.end" ]; do
            number=$((number + 1))
            echo $number
            echo $number > "$1"
            sleep 0.05
        done
        exit 3
        """;

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    private Path script;

    @BeforeEach
    void writeScript() throws IOException {
        script = Files.writeString(nodes.path("counter.sh"), COUNTER);
        nodes.with("MILLRACE_PROCESSES_LEASE", "1m");
    }

    @Test
    void aCommandGoesOnAsTheSameAttemptWhenItsNodeIsKilledAndStartedAgain() throws IOException {
        // given a command that holds a lock, on a node that is killed
        ForkedNode killed = nodes.start("node");
        killed.api().put("/v1/channels/" + CHANNEL, "{\"spec\":{}}").expectSuccess();
        Path noted = nodes.path("noted");
        String job = killed.api().submit(CHANNEL, spec(noted, "\"at-most-once\"", "\"locks\":[\"index\"],"));
        awaitWritten(noted, 10);
        killed.kill();
        int writtenBefore = written(noted);

        // when
        ForkedNode next = nodes.start("node");
        awaitWritten(noted, written(noted) + 10);

        // then it runs as before, and has its lock
        JsonNode running = next.api().job(CHANNEL, job);
        assertThat(running.path("state").asText()).isEqualTo("RUNNING");
        assertThat(running.path("attempt").asInt()).isEqualTo(1);
        assertThat(Files.readAllLines(witness(noted))).hasSize(1);
        String[] said = Files.readAllLines(witness(noted)).getFirst().split(" ");
        assertThat(NodeProcesses.isAlive(Integer.parseInt(said[0]))).isTrue();
        assertThat(running.path("epoch").asText()).isEqualTo(said[1]);
        JsonNode lock =
                next.api().get("/v1/channels/" + CHANNEL + "/locks/index").expect(200);
        assertThat("index=" + lock.path("fencingToken").asText()).isEqualTo(said[2]);

        // when
        Files.createFile(noted.resolveSibling("noted.end"));
        JsonNode ended = next.api().ended(CHANNEL, job);

        // then its end and all it has written since are heard, and what it held is returned
        assertThat(ended.path("state").asText()).isEqualTo("FAILED");
        assertThat(ended.path("exitCode").asInt()).isEqualTo(EXIT_CODE);
        assertThat(ended.path("attempt").asInt()).isEqualTo(1);
        assertOutput(next, job, writtenBefore, written(noted));
        assertThat(Path.of(said[3])).doesNotExist();
        assertThat(next.api()
                        .get("/v1/channels/" + CHANNEL + "/locks/index")
                        .expect(200)
                        .path("holder")
                        .isNull())
                .isTrue();
        assertThat(next.stop()).isZero();
    }

    @Test
    void howACommandEndedWhileItsNodeWasAwayIsTakenFromItsProcessHost() throws IOException {
        // given
        ForkedNode killed = nodes.start("node");
        killed.api().put("/v1/channels/" + CHANNEL, "{\"spec\":{}}").expectSuccess();
        Path noted = nodes.path("noted");
        String job = killed.api().submit(CHANNEL, spec(noted, "\"at-least-once\"", ""));
        awaitWritten(noted, 10);
        int pid = Integer.parseInt(Files.readString(witness(noted)).split(" ")[0]);

        // when it ends with nobody there
        killed.kill();
        int writtenBefore = written(noted);
        awaitWritten(noted, writtenBefore + 5);
        Files.createFile(noted.resolveSibling("noted.end"));
        await().atMost(SOON).until(() -> !NodeProcesses.isAlive(pid));
        ForkedNode next = nodes.start("node");

        // then
        JsonNode ended = next.api().ended(CHANNEL, job);
        assertThat(ended.path("exitCode").asInt()).isEqualTo(EXIT_CODE);
        assertThat(ended.path("attempt").asInt()).isEqualTo(1);
        assertThat(Files.readAllLines(witness(noted))).hasSize(1);
        assertOutput(next, job, writtenBefore, written(noted));
        assertThat(next.stop()).isZero();
        await().atMost(SOON).until(() -> nodes.processesOf("node").companion().isEmpty());
    }

    private String spec(Path noted, String delivery, String more) {
        return "{" + more + "\"process\":{\"command\":" + ChannelProcess.command(script, noted) + "},\"delivery\":"
                + delivery + ",\"retry\":{\"maxAttempts\":1}}";
    }

    /**
     * Each line is there once and in order. Of those from before the kill the last ones may be missing, which the node had
     * read and not stored; a line of the system says so.
     */
    private static void assertOutput(ForkedNode node, String job, int writtenBefore, int written) {
        List<String> lines = node.api().log(CHANNEL, job).lines().toList();
        List<Integer> numbers = lines.stream()
                .filter(line -> line.matches("\\d+"))
                .map(Integer::valueOf)
                .toList();
        assertThat(numbers).isSorted().doesNotHaveDuplicates();
        assertThat(numbers)
                .containsAll(IntStream.rangeClosed(writtenBefore + 1, written)
                        .boxed()
                        .toList());
        assertThat(lines)
                .filteredOn(line -> !line.matches("\\d+"))
                .singleElement()
                .asString()
                .contains("missing");
    }

    private static void awaitWritten(Path noted, int lines) {
        await().atMost(SOON).ignoreExceptions().until(() -> written(noted) >= lines);
    }

    private static int written(Path noted) throws IOException {
        String number = Files.readString(noted).strip();
        return number.isEmpty() ? 0 : Integer.parseInt(number);
    }

    private static Path witness(Path noted) {
        return noted.resolveSibling(noted.getFileName() + ".witness");
    }
}
