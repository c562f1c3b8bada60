package io.millrace.testkit.cluster;

import static org.awaitility.Awaitility.await;

import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.protocol.HostState;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * While a node is away, others are given the process ids of its companion and of the commands that it had: its next life
 * finds its records of them and kills none.
 */
record ReusedPidsDrill() implements ProcessDrill {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int TREES = 6;

    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        NodeWithTrees before = NodeWithTrees.start(nodes, TREES, 0);
        List<Integer> owned = before.awaitComplete();
        int companion = nodes.processesOf(NodeWithTrees.NAME).companion().orElseThrow();
        List<Integer> recorded = new ArrayList<>(List.of(companion));
        before.services()
                .forEach(service -> recorded.add(service.show().path("pid").asInt()));
        LivingProcesses living = LivingProcesses.of(owned);
        before.node().kill();
        living.timeToEnd(System.nanoTime(), SOON);
        await().atMost(SOON)
                .until(() ->
                        recorded.stream().allMatch(pid -> ProcessTable.find(pid).isEmpty()));

        try (ReusedPids bystanders = new ReusedPids()) {
            if (ReusedPids.canBeChosen()) {
                for (int pid : recorded) {
                    bystanders.take(pid);
                }
            } else {
                pretendReuse(nodes.path(NodeWithTrees.NAME), bystanders.takeAny());
            }
            before.awaitStartedAgain(nodes.start(NodeWithTrees.NAME));
            return new DrillResult("others killed that have the process ids of records", "", bystanders.killed(), 0);
        }
    }

    /** Has the record of the companion name a bystander, as one does whose process id was given to somebody else. */
    private static void pretendReuse(Path data, int bystander) throws IOException {
        HostDirectory directory = HostDirectory.below(data);
        HostState state = directory.state().orElseThrow();
        directory.writeState(new HostState(state.version(), bystander, state.startTicks(), state.bootId()));
    }
}
