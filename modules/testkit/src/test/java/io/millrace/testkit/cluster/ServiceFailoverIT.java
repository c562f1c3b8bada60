package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.host.HostLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands of a node that stands still for longer than their lease, and of one that is killed. */
class ServiceFailoverIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    /** That of {@link Nodes#startCluster}. */
    private static final Duration LEASE = Duration.ofSeconds(3);

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    /** A service and a job on one node, each with a witness of its own. */
    private record Commands(ChannelProcess service, Witness ofService, Witness ofJob) {
        private List<Integer> pids(int run) {
            return List.of(ofService.pidOf(run), ofJob.pidOf(run));
        }
    }

    /** Of two halves of a cluster the one with the lowest address goes on, and these are the two with the highest. */
    @Test
    void whatRanOnALostNodeRunsElsewhereAndNeverTwice() throws IOException {
        // given
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        Path script = Witness.script(nodes.path("witness.sh"));
        List<ForkedNode> cluster = nodes.startCluster("a", "b", "c", "d");
        ForkedNode survivor = cluster.getFirst();
        ForkedNode paused = cluster.get(2);
        ForkedNode killed = cluster.getLast();
        Commands ofPaused = start(paused, survivor, script);
        Commands ofKilled = start(killed, survivor, script);

        // when
        long lostAt = System.nanoTime();
        paused.pause();
        killed.kill();

        // then nothing of them outlives its lease
        awaitEnded(ofPaused.pids(1), lostAt);
        awaitEnded(ofKilled.pids(1), lostAt);
        assertThat(commands(killed)).isEmpty();

        // and everything runs elsewhere
        awaitElsewhere(ofPaused, List.of(paused, killed));
        awaitElsewhere(ofKilled, List.of(paused, killed));

        // when the paused one goes on
        paused.resume();

        // then it neither keeps nor starts any, and makes room for another life
        assertThat(paused.awaitEnd()).isNotZero();
        assertThat(commands(paused)).isEmpty();
        Stream.of(ofPaused, ofKilled).forEach(commands -> {
            commands.ofService().assertRunsOneAfterTheOther(2);
            commands.ofJob().assertRunsOneAfterTheOther(2);
        });
    }

    private List<Integer> commands(ForkedNode node) {
        return nodes.processesOf(node.name()).commands();
    }

    private Commands start(ForkedNode owner, ForkedNode any, Path script) {
        HttpApi api = any.api();
        String channel = Channels.ownedBy(owner, api);
        var ofService = new Witness(nodes.path(owner.name() + "-service"));
        var ofJob = new Witness(nodes.path(owner.name() + "-job"));
        ChannelProcess service = ChannelProcess.startService(api, channel, "web", script, ofService.file());
        api.submit(channel, "{\"process\":{\"command\":" + ChannelProcess.command(script, ofJob.file()) + "}}");
        assertThat(service.awaitRun(1).path("node").asText()).isEqualTo(owner.name());
        await().atMost(SOON).until(() -> ofService.pidOf(1) > 0 && ofJob.pidOf(1) > 0);
        return new Commands(service, ofService, ofJob);
    }

    private static void awaitEnded(List<Integer> pids, long lostAtNanos) {
        await("end of " + pids)
                .pollInterval(LOOK_AGAIN)
                .atMost(SOON)
                .until(() -> pids.stream().noneMatch(NodeProcesses::isAlive));
        assertThat(Duration.ofNanos(System.nanoTime() - lostAtNanos))
                .isLessThan(LEASE.plus(HostLimits.LEASE_LATENESS_MAX));
    }

    private static void awaitElsewhere(Commands commands, List<ForkedNode> lost) {
        JsonNode service = commands.service().awaitRun(2);
        assertThat(lost)
                .extracting(ForkedNode::name)
                .doesNotContain(service.path("node").asText());
        await().atMost(SOON)
                .until(() ->
                        commands.ofService().pidOf(2) == service.path("pid").asInt());
        await().atMost(FAILOVER_MAX).until(() -> commands.ofJob().pidOf(2) > 0);
    }
}
