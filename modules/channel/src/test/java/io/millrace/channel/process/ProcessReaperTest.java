package io.millrace.channel.process;

import io.millrace.host.limits.ControlGroups;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import io.millrace.host.system.LibC;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.Instruments;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of processes when their node is killed; the node is a JVM of its own. */
class ProcessReaperTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    private final List<Process> nodes = new ArrayList<>();

    @AfterEach
    void killNodes() {
        nodes.forEach(Process::destroyForcibly);
    }

    /** What a node said of itself. */
    private record Node(Process process, int group, int reaper) {}

    @Test
    void theWholeTreeDiesWithItsNode() throws Exception {
        // given a node with a tree of three
        var node = startNode();
        await("the tree to be complete", () -> membersOf(node.group).size() == 3);

        // when
        node.process.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        // then
        await("the tree to die", () -> membersOf(node.group).isEmpty());
        await("its companion to end", () -> !isAlive(node.reaper));
    }

    @Test
    void whatOutlivedNodeAndCompanionIsKilledAtTheNextStart() throws Exception {
        // given a node that has recorded its process
        var node = startNode();
        var record = data.resolve("processes").resolve(Integer.toString(node.group));
        await("the process to be recorded", () -> isWritten(record));

        // when companion and node are killed in the same moment, the companion first
        LibC.kill((int) node.process.pid(), 19);
        LibC.kill(node.reaper, Signals.KILL);
        node.process.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(membersOf(node.group)).isNotEmpty();

        // then the next start ends the tree
        try (var _ = startRunner()) {
            await("the tree to die", () -> membersOf(node.group).isEmpty());
            assertThat(record).doesNotExist();
        }
    }

    @Test
    void aRecordThatFitsAnotherProcessKillsNothing() throws IOException {
        // given a record with the id of a living process, but not its start
        var innocent = new ProcessBuilder("sleep", "300").start();
        nodes.add(innocent);
        var records = Files.createDirectories(data.resolve("processes"));
        Files.writeString(records.resolve(Long.toString(innocent.pid())), "12345 " + ProcessTable.bootId());

        // when
        startRunner().close();

        // then
        assertThat(innocent.isAlive()).isTrue();
    }

    @Test
    void aCompanionThatDiesIsReplaced() throws Exception {
        // given
        try (var runner = startRunner()) {
            int first = runner.reaperPid();

            // when
            LibC.kill(first, Signals.KILL);

            // then
            await("another companion", () -> runner.reaperPid() > 0 && runner.reaperPid() != first);
            assertThat(isAlive(runner.reaperPid())).isTrue();
        }
    }

    private ProcessRunner startRunner() throws IOException {
        return ProcessRunner.start(data, ControlGroups.none("this test has none"), Runnable::run, new Instruments());
    }

    private Node startNode() throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var process = new ProcessBuilder(
                        java.toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedNode.class.getName(),
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        nodes.add(process);
        var output = new BufferedReader(process.inputReader(StandardCharsets.UTF_8));
        String line = output.readLine();
        while (line != null && !line.startsWith("started ")) {
            line = output.readLine();
        }
        assertThat(line).as("what the node says").isNotNull();
        String[] ids = String.valueOf(line).split(" ", -1);
        return new Node(process, Integer.parseInt(ids[1]), Integer.parseInt(ids[2]));
    }

    private static List<Integer> membersOf(int group) {
        return ProcessHandle.allProcesses()
                .map(process -> ProcessTable.find((int) process.pid()))
                .flatMap(Optional::stream)
                .filter(entry -> entry.group() == group && !entry.isEnded())
                .map(ProcessTable.Entry::pid)
                .toList();
    }

    private static boolean isAlive(int pid) {
        return ProcessTable.find(pid).map(entry -> !entry.isEnded()).orElse(false);
    }

    private static boolean isWritten(Path file) {
        try {
            return Files.exists(file) && Files.size(file) > 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }
}
