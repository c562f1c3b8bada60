package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    @Proves({"C-01", "C-34", "C-69"})
    void cleanupsWaitForOtherNodesAndGoOnAfterTheirOwnIsLost() throws IOException {
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        ForkedNode owner = cluster.getLast();
        HttpApi api = cluster.getFirst().api();
        String channel = Channels.ownedBy(owner, api);
        String jobs = Channels.ownedBy(owner, api, "jobs");
        String other = Channels.ownedBy(cluster.getFirst(), api);

        waitsForTheOtherChannel(api, channel, other);
        failsWithTheOtherChannel(api, channel, other);

        // given an execution in its second step, one in a step that must not be repeated, and a job with cleanup
        Path witness = nodes.path("witness");
        Path gate = nodes.path("gate");
        register(api, channel, "first", "[]", command("echo first >> " + witness), "");
        register(
                api,
                channel,
                "second",
                "[\"first\"]",
                command("echo second >> " + witness + "; until [ -e " + gate + " ]; do sleep 0.1; done"),
                "");
        register(
                api,
                channel,
                "once",
                "[]",
                command("echo once >> " + witness + "; until [ -e " + gate + " ]; do sleep 0.1; done"),
                ",\"repeatable\":false,\"undo\":" + command("echo undone >> " + witness));
        Path directory = nodes.path("left-behind");
        String job = api.submit(jobs, jobWithCleanup(directory, witness));
        execute(api, channel, "second", 0);
        execute(api, channel, "once", 0);
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> Files.isDirectory(directory)
                        && Files.readAllLines(witness).containsAll(List.of("first", "second", "once")));

        // when
        owner.kill();
        Files.createFile(gate);

        // then the first goes on behind what it had completed, though nobody asks for it
        await().atMost(FAILOVER_MAX)
                .until(() -> Files.readAllLines(witness).stream()
                                .filter("second"::equals)
                                .count()
                        == 2);
        await().atMost(SOON).ignoreExceptions().until(() -> status(api, channel, "second"), "COMPLETE"::equals);
        assertThat(Files.readAllLines(witness).stream().filter("first"::equals)).hasSize(1);

        // and the other one was not repeated, says so, and can be taken back
        await().atMost(SOON).until(() -> status(api, channel, "once"), "FAILED"::equals);
        assertThat(task(api, channel, "once").at("/latest/steps/0/error/detail").asText())
                .contains("unknown");
        assertThat(api.post(path(channel, "once") + ":rollback", "")
                        .expect(200)
                        .path("rolledBack")
                        .asBoolean())
                .isTrue();
        assertThat(Files.readAllLines(witness).stream().filter("once"::equals)).hasSize(1);
        assertThat(Files.readAllLines(witness)).endsWith("undone");
        assertThat(status(api, channel, "once")).isEqualTo("ROLLED_BACK");

        // and what the job left behind is gone, before the job is reported as ended
        JsonNode ended = api.ended(jobs, job);
        assertThat(ended.path("state").asText()).isEqualTo("LOST");
        JsonNode steps = api.get("/v1/channels/" + jobs + "/jobs/" + job + "/cleanup")
                .expect(200)
                .path("steps");
        assertThat(steps.findValuesAsText("status")).containsExactly("COMPLETE", "COMPLETE");
        assertThat(steps.findValuesAsText("node")).doesNotContain(owner.name());
        assertThat(directory).doesNotExist();
        assertThat(Files.readAllLines(witness)).contains("dropped");
        assertThat(cluster.getFirst().stop()).isZero();
    }

    private static void waitsForTheOtherChannel(HttpApi api, String channel, String other) {
        register(api, other, "flush", "[]", command("true"), "");
        register(api, channel, "after-flush", "[\"" + other + "/flush\"]", command("true"), "");
        CompletableFuture<JsonNode> waiting =
                CompletableFuture.supplyAsync(() -> execute(api, channel, "after-flush", 30));
        await().atMost(SOON).until(() -> status(api, channel, "after-flush"), "RUNNING"::equals);
        assertThat(status(api, other, "flush")).isEqualTo("NOT_STARTED");

        execute(api, other, "flush", 30);

        assertThat(waiting.join().path("status").asText()).isEqualTo("COMPLETE");
    }

    private static void failsWithTheOtherChannel(HttpApi api, String channel, String other) {
        register(api, other, "broken", "[]", command("false"), "");
        register(api, channel, "after-broken", "[\"" + other + "/broken\"]", command("true"), "");
        execute(api, other, "broken", 30);

        JsonNode result = execute(api, channel, "after-broken", 30);

        assertThat(result.path("status").asText()).isEqualTo("FAILED");
        assertThat(result.at("/steps/0/error/detail").asText()).contains(other + "/broken");
    }

    private static void register(
            HttpApi api, String channel, String name, String dependsOn, String action, String more) {
        api.post(
                        "/v1/channels/" + channel + "/cleanups",
                        "{\"name\":\"" + name + "\",\"dependsOn\":" + dependsOn + ",\"timeout\":\"2m\",\"action\":"
                                + action + more + "}")
                .expect(201);
    }

    private static String command(String script) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"" + script + "\"]}}";
    }

    private static JsonNode execute(HttpApi api, String channel, String task, int waitSeconds) {
        return api.post(path(channel, task) + ":execute", Duration.ofSeconds(waitSeconds))
                .expect(200);
    }

    private static String status(HttpApi api, String channel, String task) {
        return task(api, channel, task).path("status").asText();
    }

    private static JsonNode task(HttpApi api, String channel, String task) {
        return api.get(path(channel, task)).expect(200);
    }

    private static String path(String channel, String task) {
        return "/v1/channels/" + channel + "/cleanups/" + task;
    }

    /** Is not tried again, so the cleanup behind its only attempt is the end of it. */
    private static String jobWithCleanup(Path directory, Path witness) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"mkdir " + directory + "; sleep 600\"]},"
                + "\"delivery\":\"at-most-once\",\"cleanup\":[{\"name\":\"drop\",\"process\":{\"command\":[\"rm\",\"-rf\",\""
                + directory
                + "\"]}},{\"name\":\"tell\",\"dependsOn\":[\"drop\"],\"process\":{\"command\":[\"sh\",\"-c\","
                + "\"echo dropped >> " + witness + "\"]}}]}";
    }
}
