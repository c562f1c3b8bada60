package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.host.HostLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Trees of processes whose companion is killed, and whose node is. */
class ProcessDrillIT {
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int SERVICES = 25;
    private static final int JOBS = 25;

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    void whatRanUnderAKilledCompanionIsGoneAndGoesOnAsItsPolicySays() throws IOException {
        // given
        StubbornTrees trees = StubbornTrees.in(nodes.path(""));
        ForkedNode node = startNode();
        HttpApi api = node.api();
        ChannelProcess service = service(api, trees, 1);
        ChannelProcess once = ChannelProcess.startOnce(api, "drill", "once", trees.script(), trees.file());
        String again = api.submit("drill", job(trees, "at-least-once"));
        String lost = api.submit("drill", job(trees, "at-most-once"));
        List<Integer> before = trees.await(4);
        int companion = nodes.processesOf("node").companion().orElseThrow();
        service.awaitRun(1);
        once.awaitRun(1);

        // when
        long killedAt = System.nanoTime();
        nodes.processesOf("node").killCompanion();

        // then everything it ran is gone
        assertThat(StubbornTrees.timeToEnd(before, killedAt, SOON)).isLessThan(HostLimits.ANSWER_MAX.plusSeconds(1));

        // and what may run again does, under another one
        JsonNode restarted = service.awaitRun(2);
        assertThat(restarted.path("restarts").asInt()).isEqualTo(1);
        JsonNode attempt = await().atMost(SOON)
                .until(
                        () -> api.job("drill", again),
                        job -> job.path("attempt").asInt() == 2
                                && job.path("state").asText().equals("RUNNING"));
        assertThat(attempt.path("node").asText()).isEqualTo("node");
        assertThat(nodes.processesOf("node").companion()).get().isNotEqualTo(companion);
        trees.await(6);

        // and what may not says why
        JsonNode ended = api.ended("drill", lost);
        assertThat(ended.path("state").asText()).isEqualTo("LOST");
        assertThat(ended.at("/error/detail").asText()).contains("process host");
        JsonNode failed = once.await(shown -> !shown.path("running").asBoolean());
        assertThat(failed.path("state").asText()).isIn("FAILED", "LOST");
        assertThat(failed.at("/error/detail").asText()).contains("process host");
        assertThat(failed.path("run").asInt()).isEqualTo(1);
    }

    @Test
    void fiftyTreesOfAKilledNodeAreGoneWithinTheirLeaseAndNobodyElseIs() throws IOException {
        // given
        StubbornTrees trees = StubbornTrees.in(nodes.path(""));
        ForkedNode node = startNode();
        for (int i = 0; i < SERVICES; i++) {
            service(node.api(), trees, i);
        }
        for (int i = 0; i < JOBS; i++) {
            node.api().submit("drill", job(trees, "at-least-once"));
        }
        List<Integer> owned = trees.await(SERVICES + JOBS);
        List<Integer> foreign = startForeign(trees, owned);
        try {
            // when
            long killedAt = System.nanoTime();
            node.kill();

            // then
            assertThat(StubbornTrees.timeToEnd(owned, killedAt, SOON))
                    .isLessThan(LEASE.plus(HostLimits.LEASE_LATENESS_MAX));
            await().atMost(SOON)
                    .until(() -> nodes.processesOf("node").companion().isEmpty());
            assertThat(foreign).hasSize(StubbornTrees.PROCESSES).allMatch(NodeProcesses::isAlive);
        } finally {
            foreign.forEach(NodeProcesses::kill);
        }
    }

    private ForkedNode startNode() {
        nodes.with("MILLRACE_PROCESSES_LEASE", LEASE.toSeconds() + "s");
        ForkedNode node = nodes.start("node");
        node.api()
                .put(
                        "/v1/channels/drill",
                        "{\"spec\":{\"threads\":{\"max\":" + JOBS + "},\"resources\":{\"processes\":" + JOBS + "}}}")
                .expectSuccess();
        return node;
    }

    private static ChannelProcess service(HttpApi api, StubbornTrees trees, int number) {
        return ChannelProcess.startService(api, "drill", "service-" + number, trees.script(), trees.file());
    }

    private static String job(StubbornTrees trees, String delivery) {
        return "{\"process\":{\"command\":" + ChannelProcess.command(trees.script(), trees.file()) + "},\"delivery\":\""
                + delivery + "\"}";
    }

    /** A tree like the others that is no command of the node, with a mark that only begins like those of the node. */
    private List<Integer> startForeign(StubbornTrees trees, List<Integer> owned) throws IOException {
        var command =
                new ProcessBuilder("sh", trees.script().toString(), trees.file().toString());
        String hostId = nodes.processesOf("node").hostId().orElseThrow();
        command.environment().put("MILLRACE_RUN", hostId + "0/drill/service-1/1/1");
        command.start();
        return trees.await(SERVICES + JOBS + 1).stream()
                .filter(pid -> !owned.contains(pid))
                .toList();
    }
}
