package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is left of a node's work after it has stopped, and after it was killed. */
class NodeRestartIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    void everythingIsThereAfterARestart() {
        ForkedNode before = nodes.start("node");
        HttpApi api = before.api();
        JsonNode channel = api.put(
                        "/v1/channels/build", "{\"spec\":{\"threads\":{\"max\":3},\"labels\":{\"team\":\"core\"}}}")
                .expectSuccess();
        String process = api.submit(
                "build", "{\"process\":{\"command\":[\"sh\",\"-c\",\"echo to out; echo to err >&2; exit 3\"]}}");
        String handler = api.submit("build", "{\"handler\":{\"name\":\"sum\",\"input\":{\"numbers\":[1,2,39]}}}");
        JsonNode failed = api.ended("build", process);
        JsonNode summed = api.ended("build", handler);
        JsonNode attempts =
                api.get("/v1/channels/build/jobs/" + process + "/attempts").expect(200);
        assertThat(failed.path("exitCode").asInt()).isEqualTo(3);
        assertThat(summed.path("result").path("sum").asInt()).isEqualTo(42);
        assertThat(before.stop()).isZero();
        assertThat(nodes.databaseOf("node")).isEmpty();

        HttpApi after = nodes.start("node").api();

        assertThat(after.job("build", process)).isEqualTo(failed);
        assertThat(after.job("build", handler)).isEqualTo(summed);
        assertThat(after.get("/v1/channels/build/jobs/" + process + "/attempts").expect(200))
                .isEqualTo(attempts);
        assertThat(after.log("build", process).lines()).containsExactlyInAnyOrder("to out", "to err");
        assertThat(after.get("/v1/channels/build").expect(200).path("spec")).isEqualTo(channel.path("spec"));
        assertThat(after.get("/v1/channels/build/jobs").expect(200).path("items"))
                .extracting(job -> job.path("id").asText())
                .containsExactly(handler, process);
    }

    @Test
    void killedNodeLosesNothingAndItsDatabaseIsTakenOver() {
        ForkedNode killed = nodes.start("node");
        HttpApi api = killed.api();
        api.put("/v1/channels/work", "{\"spec\":{\"threads\":{\"max\":2}}}").expectSuccess();
        Path witness = nodes.path("witness");
        String again = api.submit("work", waitingJob(witness, "at-least-once"));
        String once = api.submit("work", waitingJob(witness, "at-most-once"));
        List<String> queued = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            queued.add(api.submit("work", "{\"handler\":{\"name\":\"echo\",\"input\":{\"number\":" + i + "}}}"));
        }
        await().atMost(SOON)
                .until(() ->
                        Files.exists(witness) && Files.readAllLines(witness).size() == 2);

        int companion = nodes.processesOf("node").companion().orElseThrow();
        killed.kill();
        NodeProcesses.kill(companion);

        assertThat(nodes.databaseOf("node"))
                .as("the database outlives its node")
                .isPresent();
        long database = nodes.databaseOf("node").orElseThrow().pid();
        ForkedNode next = nodes.start("node");
        assertThat(nodes.databaseOf("node").orElseThrow().pid())
                .as("taken over")
                .isEqualTo(database);
        assertThat(next.api().ended("work", once).path("state").asText()).isEqualTo("LOST");
        for (int i = 0; i < queued.size(); i++) {
            JsonNode job = next.api().ended("work", queued.get(i));
            assertThat(job.path("state").asText()).isEqualTo("SUCCEEDED");
            assertThat(job.path("result").path("number").asInt()).isEqualTo(i);
        }
        await().atMost(SOON)
                .until(() -> next.api().job("work", again).path("attempt").asInt() == 2);
        next.api().post("/v1/channels/work/jobs/" + again + ":cancel", "").expect(200);
        assertThat(next.api().ended("work", again).path("state").asText()).isEqualTo("CANCELLED");
        assertThat(next.stop()).isZero();
    }

    /** Tells that it runs, and then runs for longer than the test. */
    private static String waitingJob(Path witness, String delivery) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"echo $MILLRACE_JOB_ID >> " + witness
                + "; exec sleep 600\"]},\"delivery\":\"" + delivery + "\"}";
    }
}
