package io.millrace.testkit.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A node and its companion are killed together, so that nobody is left who could end what they ran: it is gone before the
 * next life of the node serves.
 *
 * @param trees how many run
 * @param children of each tree
 */
record KilledBothDrill(int trees, int children) implements ProcessDrill {
    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        NodeWithTrees before = NodeWithTrees.start(nodes, trees, children);
        List<Integer> owned = before.awaitComplete();
        int companion = nodes.processesOf(NodeWithTrees.NAME).companion().orElseThrow();
        Pauses.of(Pauses.between(Duration.ZERO, NodeWithTrees.LEASE, random));
        LivingProcesses living = LivingProcesses.of(owned);

        if (random.nextBoolean()) {
            NodeProcesses.kill(companion);
            before.node().kill();
        } else {
            before.node().kill();
            NodeProcesses.kill(companion);
        }
        ForkedNode next = nodes.start(NodeWithTrees.NAME);
        long left = living.count();

        before.awaitStartedAgain(next);
        return new DrillResult("alive when the next life of a node serves", "", left, 0);
    }
}
