package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.host.HostLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One of three nodes stands still for a random time while its companion goes on: nothing it ran outlives its lease, and no
 * run overlaps the next one, wherever that is, also after the node has come back.
 *
 * @param pauseMax longest time it stands still; the shortest is a second
 */
record PausedNodeDrill(Duration pauseMax) implements ProcessDrill {
    private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(150);

    /** What a node does wrong when it goes on it does soon. */
    private static final Duration WATCHED_AFTERWARDS = Duration.ofSeconds(5);

    /** That of {@link Nodes#startCluster}. */
    private static final Duration LEASE = Duration.ofSeconds(3);

    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        Duration pause = Pauses.between(PAUSE_MIN, pauseMax, random);
        List<ForkedNode> cluster = nodes.startCluster("a", "b", "c");
        ForkedNode paused = cluster.getLast();
        WitnessedCommands commands = WitnessedCommands.start(nodes, paused, cluster.getFirst());
        LivingProcesses first = LivingProcesses.of(commands.pids(1));

        long pausedAt = System.nanoTime();
        paused.pause();
        Duration endMax = LEASE.plus(HostLimits.LEASE_LATENESS_MAX);
        if (pause.compareTo(endMax) > 0) {
            assertThat(first.timeToEnd(pausedAt, pause)).isLessThan(endMax);
        }
        Pauses.until(pausedAt + pause.toNanos());
        paused.resume();

        Duration watchedFrom = Witness.now().plus(WATCHED_AFTERWARDS);
        List<Witness> witnesses = List.of(commands.ofService(), commands.ofJob());
        await("commands after a pause of " + pause)
                .atMost(FAILOVER_MAX)
                .until(() -> witnesses.stream()
                        .allMatch(witness -> witness.lines().getLast().at().compareTo(watchedFrom) > 0));
        assertThat(witnesses)
                .allSatisfy(witness -> assertThat(witness.starts())
                        .extracting(Witness.Line::run)
                        .doesNotHaveDuplicates());
        Duration overlap = witnesses.stream()
                .map(Witness::overlap)
                .max(Duration::compareTo)
                .orElseThrow();
        return DrillResult.seconds("overlap of two runs after a pause", overlap, Duration.ZERO);
    }
}
