package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.host.HostLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * The companion of a node is lost while the node lives: the node kills everything the companion ran, starts another one, and
 * only then begins again what may be started again. What may not says why.
 *
 * @param trees how many run
 * @param children of each tree
 */
record LostCompanionDrill(Loss loss, int trees, int children) implements ProcessDrill {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** How a companion is lost. */
    enum Loss {
        KILLED {
            @Override
            void inflict(int companion) {
                NodeProcesses.kill(companion);
            }
        },
        /** It stands still and never goes on. */
        STOPPED {
            @Override
            void inflict(int companion) {
                NodeProcesses.stop(companion);
            }
        },
        /** It lives on and has no connection to its node any more. */
        CUT_OFF {
            @Override
            void inflict(int companion) throws IOException {
                CompanionSocket.cut(companion);
            }
        };

        abstract void inflict(int companion) throws IOException;

        /** Whether a companion that says nothing is lost is asked from time to time. */
        Duration endedWithin() {
            Duration noticed =
                    this == STOPPED ? HostLimits.ANSWER_MAX.plus(HostLimits.PING_INTERVAL) : HostLimits.ANSWER_MAX;
            return noticed.plus(HostLimits.LEASE_LATENESS_MAX);
        }
    }

    @Override
    public DrillResult run(Nodes nodes, RandomGenerator random) throws IOException {
        NodeWithTrees trees = NodeWithTrees.start(nodes, this.trees, children);
        List<Integer> owned = trees.awaitComplete();
        NodeProcesses processes = nodes.processesOf(NodeWithTrees.NAME);
        int companion = processes.companion().orElseThrow();
        Pauses.of(Pauses.between(Duration.ZERO, HostLimits.PING_INTERVAL, random));
        LivingProcesses living = LivingProcesses.of(owned);
        assertThat(living.size()).isEqualTo(owned.size());

        long lostAt = System.nanoTime();
        loss.inflict(companion);
        Duration took = living.timeToEnd(lostAt, SOON);

        await().atMost(SOON)
                .until(() -> processes
                        .companion()
                        .filter(other -> other != companion)
                        .isPresent());
        trees.awaitStartedAgain(trees.node());
        assertThat(NodeProcesses.isAlive(companion)).isFalse();
        assertThat(trees.lostJob(trees.node()).at("/error/detail").asText()).contains("process host");
        assertThat(trees.failedProcess(trees.node()).at("/error/detail").asText())
                .contains("process host");
        return DrillResult.seconds(
                "until the last process of a companion was gone that was "
                        + loss.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                took,
                loss.endedWithin());
    }
}
