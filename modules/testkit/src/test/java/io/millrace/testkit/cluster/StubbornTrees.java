package io.millrace.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * Commands that are trees of processes and do not end by themselves: a leader, a grandchild whose parent has gone, one in a
 * session of its own, and as many further children as asked for. All of them ignore what asks them to end, and say who they
 * are in one file.
 *
 * @param processes of one tree
 */
record StubbornTrees(Path script, Path file, int processes) {
    private static final int PROCESSES_MIN = 3;
    private static final Duration STARTED_MAX = Duration.ofSeconds(60);

    private static final String SCRIPT = """
        trap '' TERM HUP INT
        (sh -c 'echo $$ >> "$0"; exec sleep 600' "$1" &)
        setsid sh -c 'echo $$ >> "$0"; exec sleep 600' "$1" &
        children=%d
        while [ $children -gt 0 ]; do
            sh -c 'echo $$ >> "$0"; exec sleep 600' "$1" &
            children=$((children - 1))
        done
        echo $$ >> "$1"
        exec sleep 600
        """;

    /** @param children of each leader besides the two that have left it */
    static StubbornTrees in(Path directory, int children) throws IOException {
        return new StubbornTrees(
                Files.writeString(directory.resolve("tree.sh"), SCRIPT.formatted(children)),
                Files.createFile(directory.resolve("trees")),
                PROCESSES_MIN + children);
    }

    /** The process ids that were told so far, each alive or not. */
    List<Integer> pids() {
        try {
            return Files.readAllLines(file).stream().map(Integer::valueOf).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until so many trees are complete, counted from the first one ever, and gives the process ids of all. */
    List<Integer> await(int trees) {
        return Awaitility.await("trees")
                .atMost(STARTED_MAX)
                .until(this::pids, pids -> pids.size() == trees * processes);
    }
}
