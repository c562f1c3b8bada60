package io.millrace.testkit.cluster;

import static io.millrace.testkit.cluster.CleanupApi.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cleanups of channels that depend on each other, on three nodes of which two are killed one after the other. */
class CleanupThreeNodesIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    /** The nodes with the higher addresses are killed, because of two nodes only the one with the lowest may go on alone. */
    @Test
    @Proves({"C-34", "C-67", "C-69"})
    void executionsGoOnFromEveryPhaseAndInOrderAcrossChannelsWhoeverIsKilled() throws IOException {
        // given a channel whose executions wait for one of another node, or are in the middle of something
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b", "c");
        HttpApi api = cluster.getFirst().api();
        CleanupApi other = new CleanupApi(api, Channels.ownedBy(cluster.get(1), api));
        CleanupApi cleanups = new CleanupApi(api, Channels.ownedBy(cluster.getLast(), api));
        Path witness = nodes.path("witness");
        Path gate = nodes.path("gate");
        other.register("flush", "[]", command("echo flush >> " + witness));
        registerPhases(cleanups, other.channel() + "/flush", witness, gate);
        cleanups.execute("taken-back", 30);
        CompletableFuture<HttpApi.Reply> rollback =
                CompletableFuture.supplyAsync(() -> cleanups.rollback("taken-back"));
        for (String task : List.of("waiting", "behind-between", "acting", "checked")) {
            cleanups.execute(task, 0);
        }
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() ->
                        Files.readAllLines(witness).containsAll(List.of("between", "acting", "checking", "undoing")));

        // when the owner of the channel is killed
        cluster.getLast().kill();
        Files.createFile(gate);

        // then what could go on has, and what waits for the other channel still does
        awaitStatus(cleanups, "acting", "COMPLETE");
        awaitStatus(cleanups, "checked", "COMPLETE");
        awaitStatus(cleanups, "taken-back", "ROLLED_BACK");
        assertThat(cleanups.status("waiting")).isEqualTo("RUNNING");
        assertThat(cleanups.status("behind-between")).isEqualTo("RUNNING");
        await().atMost(FAILOVER_MAX).until(rollback::isDone);

        // when the owner of the other channel is killed, too, and somebody executes what is waited for
        cluster.get(1).kill();
        awaitStatus(other, "flush", "NOT_STARTED");
        other.execute("flush", 30);

        // then both channels have done everything once and in order
        awaitStatus(cleanups, "waiting", "COMPLETE");
        awaitStatus(cleanups, "behind-between", "COMPLETE");
        List<String> lines = Files.readAllLines(witness);
        assertThat(lines).containsOnlyOnce("between", "flush", "waiting", "behind-between");
        assertThat(lines.indexOf("between")).isLessThan(lines.indexOf("flush"));
        assertThat(lines.subList(lines.indexOf("flush") + 1, lines.size())).contains("waiting", "behind-between");
        assertThat(cluster.getFirst().stop()).isZero();
    }

    /** Before its first step, between two steps, in an action, in a check, and in what is to be undone. */
    private static void registerPhases(CleanupApi cleanups, String flush, Path witness, Path gate) {
        String closed = "; until [ -e " + gate + " ]; do sleep 0.1; done";
        cleanups.register("waiting", "[\"" + flush + "\"]", command("echo waiting >> " + witness));
        cleanups.register("between", "[]", command("echo between >> " + witness));
        cleanups.register(
                "behind-between", "[\"between\",\"" + flush + "\"]", command("echo behind-between >> " + witness));
        cleanups.register("acting", "[]", command("echo acting >> " + witness + closed));
        cleanups.register(
                "checked", "[]", command("true"), ",\"check\":" + command("echo checking >> " + witness + closed));
        cleanups.register(
                "taken-back", "[]", command("true"), ",\"undo\":" + command("echo undoing >> " + witness + closed));
    }

    private static void awaitStatus(CleanupApi cleanups, String task, String status) {
        await().atMost(FAILOVER_MAX).ignoreExceptions().until(() -> cleanups.status(task), status::equals);
    }
}
