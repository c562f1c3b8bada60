package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A service and a job on one node, each with a witness of its own.
 *
 * @param service seen through another node
 */
record WitnessedCommands(ChannelProcess service, Witness ofService, Witness ofJob) {
    private static final Duration SOON = Duration.ofSeconds(30);

    /**
     * Starts both in a new channel of a node and waits until they run.
     *
     * @param any the node that is asked
     */
    static WitnessedCommands start(Nodes nodes, ForkedNode owner, ForkedNode any) throws IOException {
        HttpApi api = any.api();
        Path script = Witness.script(nodes.path("witness.sh"));
        String channel = Channels.ownedBy(owner, api);
        var ofService = new Witness(nodes.path(owner.name() + "-service"));
        var ofJob = new Witness(nodes.path(owner.name() + "-job"));
        ChannelProcess service = ChannelProcess.startService(api, channel, "web", script, ofService.file());
        api.submit(channel, "{\"process\":{\"command\":" + ChannelProcess.command(script, ofJob.file()) + "}}");
        assertThat(service.awaitRun(1).path("node").asText()).isEqualTo(owner.name());
        await().atMost(SOON).until(() -> ofService.pidOf(1) > 0 && ofJob.pidOf(1) > 0);
        return new WitnessedCommands(service, ofService, ofJob);
    }

    /** What the witnesses belong to in the run with a number. */
    List<Integer> pids(int run) {
        return List.of(ofService.pidOf(run), ofJob.pidOf(run));
    }
}
