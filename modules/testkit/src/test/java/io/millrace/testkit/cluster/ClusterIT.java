package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes on one database. */
class ClusterIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);
    private static final Set<String> TERMINAL = Set.of("job.succeeded", "job.failed", "job.cancelled", "job.lost");

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    @Proves("D-23")
    void jobSubmittedAtOneNodeIsSeenAtTheOther() {
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        HttpApi a = cluster.getFirst().api();
        HttpApi b = cluster.getLast().api();

        for (ForkedNode owner : cluster) {
            String channel = Channels.ownedBy(owner, a);
            String id =
                    a.submit(channel, "{\"process\":{\"command\":[\"sh\",\"-c\",\"echo from $MILLRACE_CHANNEL\"]}}");

            JsonNode ended = b.ended(channel, id);

            assertThat(ended.path("state").asText()).isEqualTo("SUCCEEDED");
            assertThat(ended.path("node").asText()).isEqualTo(owner.name());
            assertThat(b.log(channel, id)).isEqualTo("from " + channel + "\n");
            assertThat(b.get("/v1/channels/" + channel + "/jobs").expect(200).path("items"))
                    .extracting(job -> job.path("id").asText())
                    .containsExactly(id);
        }
    }

    /**
     * The killed node has the higher address: of two nodes only the one with the lowest may go on alone, which is why a
     * real cluster has three.
     */
    @Test
    void killedOwnerLosesNothingAndNothingIsRecordedTwice() throws IOException {
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        HttpApi survivor = cluster.getFirst().api();
        ForkedNode owner = cluster.getLast();
        String channel = Channels.ownedBy(owner, survivor);
        survivor.put("/v1/channels/" + channel, "{\"spec\":{\"threads\":{\"max\":2}}}")
                .expectSuccess();
        Path witness = nodes.path("witness");
        Path gate = nodes.path("gate");
        List<String> finished =
                submitAll(survivor, channel, 5, "echo $MILLRACE_JOB_ID $MILLRACE_FENCING_TOKEN >> " + witness);
        List<JsonNode> results =
                finished.stream().map(id -> survivor.ended(channel, id)).toList();
        List<String> unfinished = submitAll(
                survivor,
                channel,
                10,
                "echo $MILLRACE_JOB_ID $MILLRACE_FENCING_TOKEN >> " + witness + "; until [ -e " + gate
                        + " ]; do sleep 0.1; done");
        await().atMost(SOON).until(() -> Files.readAllLines(witness).size() == 5 + 2);

        owner.kill();
        Files.createFile(gate);

        List<String> all = new ArrayList<>(finished);
        all.addAll(unfinished);
        await().atMost(FAILOVER_MAX)
                .ignoreExceptions()
                .pollInterval(Duration.ofMillis(200))
                .until(() -> all.stream()
                        .allMatch(id ->
                                survivor.job(channel, id).path("state").asText().equals("SUCCEEDED")));
        assertThat(finished.stream().map(id -> survivor.job(channel, id)).toList())
                .as("what had finished is as it was")
                .isEqualTo(results);
        assertThat(terminalEvents(survivor, channel)).containsExactlyInAnyOrderElementsOf(all);
        List<String> witnessed = Files.readAllLines(witness);
        assertThat(witnessed).doesNotHaveDuplicates().hasSize(5 + 2 + 10);
        assertThat(cluster.getFirst().stop()).isZero();
    }

    private static List<String> submitAll(HttpApi api, String channel, int count, String script) {
        return IntStream.range(0, count)
                .mapToObj(_ -> api.submit(channel, "{\"process\":{\"command\":[\"sh\",\"-c\",\"" + script + "\"]}}"))
                .toList();
    }

    /** Ids of the jobs of all events that end a job, one for each event. */
    private static List<String> terminalEvents(HttpApi api, String channel) {
        JsonNode events = api.get("/v1/channels/" + channel + "/events?follow=false&limit=1000")
                .expect(200)
                .path("items");
        return StreamSupport.stream(events.spliterator(), false)
                .filter(event -> TERMINAL.contains(event.path("type").asText()))
                .map(event -> event.path("jobId").asText())
                .toList();
    }
}
