package io.millrace.testkit.cluster;

import static io.millrace.testkit.cluster.CleanupApi.command;
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
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cleanups of a channel whose node is killed, and of one that depends on a channel of another node. */
class CleanupFailoverIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    /** The killed node has the higher address, because of two nodes only the one with the lowest may go on alone. */
    @Test
    @Proves({"C-01", "C-26", "C-34", "C-69"})
    void cleanupsWaitForOtherNodesAndGoOnAfterTheirOwnIsLost() throws IOException {
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        ForkedNode owner = cluster.getLast();
        HttpApi api = cluster.getFirst().api();
        CleanupApi cleanups = new CleanupApi(api, Channels.ownedBy(owner, api));
        String jobs = Channels.ownedBy(owner, api, "jobs");
        CleanupApi other = new CleanupApi(api, Channels.ownedBy(cluster.getFirst(), api));

        waitsForTheOtherChannel(cleanups, other);
        failsWithTheOtherChannel(cleanups, other);

        // given an execution in its second step, one in a step that must not be repeated, and a job with cleanup
        Path witness = nodes.path("witness");
        Path gate = nodes.path("gate");
        cleanups.register("first", "[]", command("echo first >> " + witness));
        cleanups.register(
                "second",
                "[\"first\"]",
                command("echo second >> " + witness + "; until [ -e " + gate + " ]; do sleep 0.1; done"));
        cleanups.register(
                "once",
                "[]",
                command("echo once >> " + witness + "; until [ -e " + gate + " ]; do sleep 0.1; done"),
                ",\"repeatable\":false,\"undo\":" + command("echo undone >> " + witness));
        Path directory = nodes.path("left-behind");
        String job = api.submit(jobs, jobWithCleanup(directory, witness));
        cleanups.execute("second", 0);
        cleanups.execute("once", 0);
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> Files.isDirectory(directory)
                        && Files.readAllLines(witness).containsAll(List.of("first", "second", "once")));

        await().atMost(SOON).until(() -> isNoted(api, jobs));

        // when
        owner.kill();
        Files.createFile(gate);

        // then the first goes on behind what it had completed, though nobody asks for it
        await().atMost(FAILOVER_MAX)
                .until(() -> Files.readAllLines(witness).stream()
                                .filter("second"::equals)
                                .count()
                        == 2);
        await().atMost(SOON).ignoreExceptions().until(() -> cleanups.status("second"), "COMPLETE"::equals);
        assertThat(Files.readAllLines(witness).stream().filter("first"::equals)).hasSize(1);

        // and the other one was not repeated, says so, and can be taken back
        await().atMost(SOON).until(() -> cleanups.status("once"), "FAILED"::equals);
        assertThat(cleanups.task("once").at("/latest/steps/0/error/detail").asText())
                .contains("unknown");
        assertThat(cleanups.rollback("once").expect(200).path("rolledBack").asBoolean())
                .isTrue();
        assertThat(Files.readAllLines(witness).stream().filter("once"::equals)).hasSize(1);
        assertThat(Files.readAllLines(witness)).endsWith("undone");
        assertThat(cleanups.status("once")).isEqualTo("ROLLED_BACK");

        // and what the job left behind is gone, before the job is reported as ended
        JsonNode ended = api.ended(jobs, job);
        assertThat(ended.path("state").asText()).isEqualTo("LOST");
        JsonNode cleanup =
                api.get("/v1/channels/" + jobs + "/jobs/" + job + "/cleanup").expect(200);
        JsonNode steps = cleanup.path("steps");
        assertThat(steps.findValuesAsText("status")).containsExactly("COMPLETE", "COMPLETE");
        assertThat(steps.findValuesAsText("node")).doesNotContain(owner.name());
        assertThat(directory).doesNotExist();
        assertThat(Files.readAllLines(witness)).contains("dropped");
        showsEveryItem(cleanup, owner.name());
        assertThat(cluster.getFirst().stop()).isZero();
    }

    private static void waitsForTheOtherChannel(CleanupApi cleanups, CleanupApi other) {
        other.register("flush", "[]", command("true"));
        cleanups.register("after-flush", "[\"" + other.channel() + "/flush\"]", command("true"));
        CompletableFuture<JsonNode> waiting = CompletableFuture.supplyAsync(() -> cleanups.execute("after-flush", 30));
        await().atMost(SOON).until(() -> cleanups.status("after-flush"), "RUNNING"::equals);
        assertThat(other.status("flush")).isEqualTo("NOT_STARTED");

        other.execute("flush", 30);

        assertThat(waiting.join().path("status").asText()).isEqualTo("COMPLETE");
    }

    private static void failsWithTheOtherChannel(CleanupApi cleanups, CleanupApi other) {
        other.register("broken", "[]", command("false"));
        cleanups.register("after-broken", "[\"" + other.channel() + "/broken\"]", command("true"));
        other.execute("broken", 30);

        JsonNode result = cleanups.execute("after-broken", 30);

        assertThat(result.path("status").asText()).isEqualTo("FAILED");
        assertThat(result.at("/steps/0/error/detail").asText()).contains(other.channel() + "/broken");
    }

    /** The channel has stored what the attempt holds, which it does for what lasts. */
    private static boolean isNoted(HttpApi api, String channel) {
        return api.get("/v1/channels/" + channel + "/events?follow=false&limit=1000")
                .expect(200)
                .path("items")
                .findValuesAsText("type")
                .contains("job.resourcesNoted");
    }

    private static void showsEveryItem(JsonNode cleanup, String lost) {
        List<String> items = new ArrayList<>();
        for (JsonNode item : cleanup.path("returned")) {
            assertThat(item.path("from").asText()).isEqualTo(lost);
            assertThat(item.path("node").asText()).isNotEqualTo(lost);
            assertThat(item.path("by").asText()).isNotEmpty();
            assertThat(item.path("at").asText()).isNotEmpty();
            items.add(item.path("count").asText() + " " + item.path("type").asText() + " "
                    + item.path("end").asText());
        }
        assertThat(items)
                .contains(
                        "1 process LEASE_OVER",
                        "1 thread GONE_WITH_NODE",
                        "1 lock RETURNED",
                        "2 buffer GONE_WITH_NODE");
    }

    /** Is not tried again, so the cleanup behind its only attempt is the end of it. */
    private static String jobWithCleanup(Path directory, Path witness) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"mkdir " + directory + "; sleep 600\"]},"
                + "\"delivery\":\"at-most-once\",\"locks\":[\"schema\"],\"resources\":["
                + "{\"type\":\"buffer\",\"size\":\"1MB\"},{\"type\":\"buffer\",\"size\":\"1MB\"}],\"cleanup\":[{\"name\":\"drop\",\"process\":{\"command\":[\"rm\",\"-rf\",\""
                + directory
                + "\"]}},{\"name\":\"tell\",\"dependsOn\":[\"drop\"],\"process\":{\"command\":[\"sh\",\"-c\","
                + "\"echo dropped >> " + witness + "\"]}}]}";
    }
}
