package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.host.HostLimits;
import java.io.IOException;
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

    /** Of two halves of a cluster the one with the lowest address goes on, and these are the two with the highest. */
    @Test
    void whatRanOnALostNodeRunsElsewhereAndNeverTwice() throws IOException {
        // given
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b", "c", "d");
        ForkedNode survivor = cluster.getFirst();
        ForkedNode paused = cluster.get(2);
        ForkedNode killed = cluster.getLast();
        WitnessedCommands ofPaused = WitnessedCommands.start(nodes, paused, survivor);
        WitnessedCommands ofKilled = WitnessedCommands.start(nodes, killed, survivor);

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

    private static void awaitEnded(List<Integer> pids, long lostAtNanos) {
        await("end of " + pids)
                .pollInterval(LOOK_AGAIN)
                .atMost(SOON)
                .until(() -> pids.stream().noneMatch(NodeProcesses::isAlive));
        assertThat(Duration.ofNanos(System.nanoTime() - lostAtNanos))
                .isLessThan(LEASE.plus(HostLimits.LEASE_LATENESS_MAX));
    }

    private static void awaitElsewhere(WitnessedCommands commands, List<ForkedNode> lost) {
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
