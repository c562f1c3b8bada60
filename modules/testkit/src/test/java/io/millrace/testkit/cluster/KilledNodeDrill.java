package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.host.HostLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A node is killed and stays away: what it ran is gone within the lease, a tree that is not its own lives on, and the next
 * life of the node knows how everything ended.
 *
 * @param trees how many run
 * @param children of each tree
 */
record KilledNodeDrill(int trees, int children) implements ProcessDrill {
    private static final Duration SOON = Duration.ofSeconds(30);

    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        NodeWithTrees before = NodeWithTrees.start(nodes, trees, children);
        List<Integer> owned = before.awaitComplete();
        List<Integer> foreign = before.startForeign(nodes, owned);
        try {
            Pauses.of(Pauses.between(Duration.ZERO, NodeWithTrees.LEASE, random));
            LivingProcesses living = LivingProcesses.of(owned);
            assertThat(living.size()).isEqualTo(owned.size());

            long killedAt = System.nanoTime();
            before.node().kill();
            Duration took = living.timeToEnd(killedAt, SOON);
            await().atMost(SOON)
                    .until(() ->
                            nodes.processesOf(NodeWithTrees.NAME).companion().isEmpty());

            before.awaitStartedAgain(nodes.start(NodeWithTrees.NAME));
            assertThat(foreign).hasSize(before.trees().processes()).allMatch(NodeProcesses::isAlive);
            return DrillResult.seconds(
                    "until the last process of a killed node was gone",
                    took,
                    NodeWithTrees.LEASE.plus(HostLimits.LEASE_LATENESS_MAX));
        } finally {
            foreign.forEach(NodeProcesses::kill);
        }
    }
}
