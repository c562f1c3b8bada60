package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A node that runs stubborn trees: half of them as services and jobs that are started again after a loss, and among the
 * others one process and one job that are not.
 *
 * @param trees the commands and the process ids of all of them
 * @param count of the trees
 * @param jobs that promise at-least-once
 * @param once process without a restart policy
 * @param lost job that promises at-most-once
 */
record NodeWithTrees(
        ForkedNode node,
        StubbornTrees trees,
        int count,
        List<ChannelProcess> services,
        List<String> jobs,
        ChannelProcess once,
        String lost) {
    static final String NAME = "node";

    /** Of everything these nodes run. */
    static final Duration LEASE = Duration.ofSeconds(3);

    private static final String CHANNEL = "drill";
    private static final Duration SOON = Duration.ofSeconds(60);

    /**
     * Starts a node and, on it, so many trees, at least four.
     *
     * @param children of each tree besides those that every tree has
     */
    static NodeWithTrees start(Nodes nodes, int count, int children) throws IOException {
        StubbornTrees trees = StubbornTrees.in(nodes.path(""), children);
        nodes.with("MILLRACE_PROCESSES_LEASE", LEASE.toSeconds() + "s");
        ForkedNode node = nodes.start(NAME);
        HttpApi api = node.api();
        api.put(
                        "/v1/channels/" + CHANNEL,
                        "{\"spec\":{\"threads\":{\"max\":" + count + "},\"resources\":{\"processes\":" + count + "}}}")
                .expectSuccess();
        int services = count / 2 - 1;
        return new NodeWithTrees(
                node,
                trees,
                count,
                IntStream.range(0, services)
                        .mapToObj(number -> service(api, trees, number))
                        .toList(),
                IntStream.range(services + 2, count)
                        .mapToObj(_ -> api.submit(CHANNEL, job(trees, "at-least-once")))
                        .toList(),
                ChannelProcess.startOnce(api, CHANNEL, "once", trees.script(), trees.file()),
                api.submit(CHANNEL, job(trees, "at-most-once")));
    }

    private static ChannelProcess service(HttpApi api, StubbornTrees trees, int number) {
        return ChannelProcess.startService(api, CHANNEL, "service-" + number, trees.script(), trees.file());
    }

    private static String job(StubbornTrees trees, String delivery) {
        return "{\"process\":{\"command\":" + ChannelProcess.command(trees.script(), trees.file()) + "},\"delivery\":\""
                + delivery + "\"}";
    }

    /** Waits until every tree is complete and the node knows of it, and gives the process ids of all. */
    List<Integer> awaitComplete() {
        services.forEach(service -> service.awaitRun(1));
        once.awaitRun(1);
        return trees.await(count);
    }

    /**
     * A tree like the others that is no command of the node, with a mark that only begins like those of the node.
     *
     * @param owned process ids of all other trees
     */
    List<Integer> startForeign(Nodes nodes, List<Integer> owned) throws IOException {
        var command =
                new ProcessBuilder("sh", trees.script().toString(), trees.file().toString());
        String hostId = nodes.processesOf(NAME).hostId().orElseThrow();
        command.environment().put("MILLRACE_RUN", hostId + "0/" + CHANNEL + "/service-1/1/1");
        command.start();
        return trees.await(count + 1).stream()
                .filter(pid -> !owned.contains(pid))
                .toList();
    }

    /**
     * Waits until everything that may be started again has been, once, and fails if anything else was.
     *
     * @param now the node, in the same life or in a later one
     */
    void awaitStartedAgain(ForkedNode now) {
        for (ChannelProcess service : services) {
            JsonNode shown = service.at(now).awaitRun(2);
            assertThat(shown.path("restarts").asInt()).isEqualTo(1);
        }
        for (String job : jobs) {
            await("second attempt of " + job)
                    .atMost(SOON)
                    .until(
                            () -> now.api().job(CHANNEL, job),
                            shown -> shown.path("attempt").asInt() == 2
                                    && shown.path("state").asText().equals("RUNNING"));
        }
        assertThat(lostJob(now).path("state").asText()).isEqualTo("LOST");
        JsonNode failed = failedProcess(now);
        assertThat(failed.path("state").asText()).isIn("FAILED", "LOST");
        assertThat(failed.path("run").asInt()).isEqualTo(1);
    }

    /** The job that is not started again, once it has ended. */
    JsonNode lostJob(ForkedNode now) {
        return now.api().ended(CHANNEL, lost);
    }

    /** The process that is not started again, once it runs no more. */
    JsonNode failedProcess(ForkedNode now) {
        return once.at(now).await(shown -> !shown.path("running").asBoolean());
    }
}
