package io.millrace.host.tree;

import static org.awaitility.Awaitility.await;

import io.millrace.host.RunKey;
import io.millrace.host.limits.ControlGroup;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run whose command is a shell script. The script writes ids of processes to files named after them. */
final class RealTree {
    static final String PATH = "/usr/local/bin:/usr/bin:/bin";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ProcessTree tree;
    private final RunKey run;
    private final Path directory;
    private final int leader;

    private RealTree(ProcessTree tree, RunKey run, Path directory, int leader) {
        this.tree = tree;
        this.run = run;
        this.directory = directory;
        this.leader = leader;
    }

    static RealTree start(ProcessTree tree, RunKey run, Path directory, String script) throws IOException {
        return start(tree, run, directory, script, null);
    }

    static RealTree start(ProcessTree tree, RunKey run, Path directory, String script, @Nullable ControlGroup group)
            throws IOException {
        tree.begin(run);
        int leader = spawn(Map.of(ProcessTree.COOKIE, tree.cookie(run)), directory, script);
        tree.started(run, leader, group);
        return new RealTree(tree, run, directory, leader);
    }

    /** Starts a process in a session of its own that is no run. */
    static int spawn(Map<String, String> environment, Path directory, String script) throws IOException {
        var all = new HashMap<>(environment);
        all.put("PATH", PATH);
        return PosixSpawn.spawn(
                new PosixSpawn.Plan("/bin/sh", List.of("sh", "-c", script), all, directory.toString(), -1, -1, -1));
    }

    int leader() {
        return leader;
    }

    RunKey run() {
        return run;
    }

    /** A process the script wrote down, once it has. */
    int process(String name) {
        return process(directory, name);
    }

    static int process(Path directory, String name) {
        var file = directory.resolve(name);
        await().atMost(PATIENCE)
                .until(() -> Files.exists(file) && Files.readString(file).endsWith("\n"));
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until the command itself has ended; nobody has collected it then. */
    RealTree awaitEnd() {
        await().atMost(PATIENCE).until(() -> !isAlive(leader));
        return this;
    }

    /** Waits until a process is the child of this one. */
    static void awaitOrphan(int pid) {
        int self = (int) ProcessHandle.current().pid();
        await().atMost(PATIENCE)
                .until(() -> ProcessTable.find(pid).orElseThrow().parent() == self);
    }

    ExitStatus collect() {
        return ExitStatus.of(tree.collect(run).orElseThrow());
    }

    /** For the end of a test that may have failed: leaves nothing running. */
    static void kill(int pid) {
        LibC.kill(pid, Signals.KILL);
        LibC.reapKilled(pid);
    }

    static boolean isAlive(int pid) {
        return ProcessTable.find(pid).filter(entry -> !entry.isEnded()).isPresent();
    }

    static boolean exists(int pid) {
        return ProcessTable.find(pid).isPresent();
    }
}
