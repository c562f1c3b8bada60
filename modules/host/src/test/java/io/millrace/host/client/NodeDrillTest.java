package io.millrace.host.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RecordedRun;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.SandboxSettings;
import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in a JVM of its own is killed or stopped while its companion runs commands. */
class NodeDrillTest {
    private static final int SIGSTOP = 19;
    private static final int SIGCONT = 18;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);
    private static final Duration LEASE = Duration.ofSeconds(3);

    /** A tree of three that does not end by itself: in its group, in a session of its own, and without a parent. */
    private static final String TREE = """
        trap '' TERM HUP
        (sh -c 'echo $$ > grandchild.$EPOCH.new; mv grandchild.$EPOCH.new grandchild.$EPOCH; exec sleep 300' &)
        setsid sh -c 'trap "" TERM; echo $$ > session.$EPOCH.new; mv session.$EPOCH.new session.$EPOCH; sleep 300' &
        echo $$ > leader.$EPOCH.new
        mv leader.$EPOCH.new leader.$EPOCH
        sleep 300
        """;

    private static final int PROCESSES_OF_TREE = 3;

    @TempDir
    private Path directory;

    private Path home;

    @BeforeEach
    void makeHome() throws IOException {
        home = Files.createDirectory(directory.resolve("home"));
    }

    @Test
    void whenTheNodeIsKilledItsTreesEndAtOnceOrAtTheirDeadline() throws IOException {
        // given five trees of each kind
        int each = 5;
        try (var node = ForkedNode.start(directory, home, LEASE, each, each, TREE)) {
            int companion = Integer.parseInt(node.awaitLine("companion "));
            long deadline = Long.parseLong(node.awaitLine("deadline "));
            awaitTrees(2 * each);
            var survivors = pids(1, each);
            var others = pids(each + 1, 2 * each);

            // when
            node.kill();

            // then what does not survive it goes at once, and the rest at the deadline
            await().atMost(HostLimits.LEASE_LATENESS_MAX)
                    .until(() -> others.stream().noneMatch(NodeDrillTest::isAlive));
            assertThat(survivors.stream().filter(NodeDrillTest::isAlive)).hasSize(each * PROCESSES_OF_TREE);
            assertThat(latenessOfEnd(survivors, deadline)).isBetween(Duration.ZERO, HostLimits.LEASE_LATENESS_MAX);
            await().atMost(PATIENCE).until(() -> !isAlive(companion));
        }

        // then the next life of the node hears how each ended
        try (var host = open()) {
            assertThat(adopt(host, 1).ended().reason()).isEqualTo(EndReason.LEASE);
            assertThat(adopt(host, each + 1).ended().reason()).isEqualTo(EndReason.NODE_GONE);
        }
    }

    @Test
    void aNodeThatComesBackInTimeGoesOnWithItsService() throws IOException {
        // given a service whose output nobody has taken
        var script = "echo first; while [ ! -e go ]; do sleep 0.01; done; echo last; exit 5";
        int companion;
        int pid;
        try (var node = ForkedNode.start(directory, home, LEASE, 1, 0, script)) {
            companion = Integer.parseInt(node.awaitLine("companion "));
            pid = Integer.parseInt(node.awaitLine("started 1 "));
            node.awaitLine("output 1");
            node.kill();
        }

        // when
        try (var host = open()) {
            var key = ForkedNode.key(1);
            assertThat(host.inherited()).containsExactly(key);
            var run = adopt(host, 1);
            host.renew(Map.of(key, System.nanoTime() + PATIENCE.toNanos()));
            Files.createFile(home.resolve("go"));

            // then
            assertThat(host.pid()).isEqualTo(companion);
            assertThat(run.started().pid()).isEqualTo(pid);
            assertThat(run.ended().status().exitCode()).isEqualTo(5);
            assertThat(run.text(LogStream.STDOUT)).isEqualTo("first\nlast\n");
        }
    }

    @Test
    void whatEndsWhileTheNodeIsAwayIsToldWithAllItsOutputWhenItComesBack() throws IOException {
        // given
        var script = "echo first; while [ ! -e go ]; do sleep 0.01; done; echo last; exit 5";
        int companion;
        int pid;
        try (var node = ForkedNode.start(directory, home, LEASE, 1, 0, script)) {
            companion = Integer.parseInt(node.awaitLine("companion "));
            pid = Integer.parseInt(node.awaitLine("started 1 "));
            node.awaitLine("output 1");
            node.kill();
        }

        // when it ends with nobody there, and nothing else runs
        Files.createFile(home.resolve("go"));
        await().atMost(PATIENCE).until(() -> !isAlive(pid));

        // then
        try (var host = open()) {
            var run = adopt(host, 1);
            assertThat(host.pid()).isEqualTo(companion);
            assertThat(run.started().pid()).isEqualTo(pid);
            assertThat(run.ended().status().exitCode()).isEqualTo(5);
            assertThat(run.text(LogStream.STDOUT)).isEqualTo("first\nlast\n");
            host.forget(ForkedNode.key(1));
        }
        await().atMost(PATIENCE).until(() -> !isAlive(companion));
    }

    @Test
    void aHostThatWaitsForItsNodeEndsWhenTheDataOfTheNodeIsRemoved() throws IOException {
        // given one with an end that its node may come back for
        int companion;
        int pid;
        try (var node = ForkedNode.start(directory, home, LEASE, 1, 0, "while [ ! -e go ]; do sleep 0.01; done")) {
            companion = Integer.parseInt(node.awaitLine("companion "));
            pid = Integer.parseInt(node.awaitLine("started 1 "));
            node.kill();
        }
        Files.createFile(home.resolve("go"));
        await().atMost(PATIENCE).until(() -> !isAlive(pid));

        // when
        Files.move(directory.resolve("host"), directory.resolve("removed"));

        // then
        await().atMost(PATIENCE).until(() -> !isAlive(companion));
    }

    @Test
    void whileTheNodeIsStoppedItsCommandsEndAtTheirDeadline() throws IOException {
        // given
        var lease = Duration.ofSeconds(2);
        try (var node = ForkedNode.start(directory, home, lease, 1, 1, TREE)) {
            node.awaitLine("companion ");
            long deadline = Long.parseLong(node.awaitLine("deadline "));
            awaitTrees(2);
            var pids = pids(1, 2);

            // when
            LibC.kill(node.pid(), SIGSTOP);

            // then they live until then, and not longer
            assertThat(latenessOfEnd(pids, deadline)).isBetween(Duration.ZERO, HostLimits.LEASE_LATENESS_MAX);

            // and when it goes on it hears of it
            LibC.kill(node.pid(), SIGCONT);
            assertThat(node.awaitLine("ended ")).endsWith(" LEASE");
            assertThat(node.awaitLine("ended ")).endsWith(" LEASE");
        }
    }

    /** How long after the deadline none of the processes lives any more; negative if that is so before. */
    private static Duration latenessOfEnd(List<Integer> pids, long deadline) {
        await().pollInterval(LOOK_AGAIN)
                .atMost(PATIENCE)
                .until(() -> pids.stream().noneMatch(NodeDrillTest::isAlive));
        return Duration.ofNanos(System.nanoTime() - deadline);
    }

    private RemoteProcessHost open() throws IOException {
        return RemoteProcessHost.start(
                new CompanionSettings(
                        directory,
                        ControlGroupUse.NONE,
                        new SandboxSettings(ProcessUser.OWN),
                        CommonLimits.NONE,
                        false),
                () -> {});
    }

    private static RecordedRun adopt(RemoteProcessHost host, int epoch) {
        var run = new RecordedRun();
        host.adopt(ForkedNode.key(epoch), run);
        return run;
    }

    private void awaitTrees(int count) {
        await().atMost(PATIENCE).until(() -> pids(1, count).size() == count * PROCESSES_OF_TREE);
    }

    /** Processes of the trees with these epochs that have said which they are. */
    private List<Integer> pids(int from, int to) {
        return Stream.iterate(from, epoch -> epoch <= to, epoch -> epoch + 1)
                .flatMap(epoch -> Stream.of("leader." + epoch, "session." + epoch, "grandchild." + epoch))
                .map(home::resolve)
                .filter(Files::exists)
                .map(NodeDrillTest::number)
                .toList();
    }

    private static int number(Path file) {
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isAlive(int pid) {
        return ProcessTable.find(pid).filter(process -> !process.isEnded()).isPresent();
    }
}
