package io.millrace.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * Commands that are trees of processes and do not end by themselves: a leader, a grandchild whose parent has gone, and one in a
 * session of its own. All of them ignore what asks them to end, and say who they are in one file.
 */
record StubbornTrees(Path script, Path file) {
    static final int PROCESSES = 3;

    private static final Duration STARTED_MAX = Duration.ofSeconds(60);

    private static final String SCRIPT = """
        trap '' TERM HUP INT
        (sh -c 'echo $$ >> "$0"; exec sleep 600' "$1" &)
        setsid sh -c 'echo $$ >> "$0"; exec sleep 600' "$1" &
        echo $$ >> "$1"
        exec sleep 600
        """;

    static StubbornTrees in(Path directory) throws IOException {
        return new StubbornTrees(
                Files.writeString(directory.resolve("tree.sh"), SCRIPT), Files.createFile(directory.resolve("trees")));
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
                .until(this::pids, pids -> pids.size() == trees * PROCESSES);
    }

    /** Waits until none of these lives, and gives how long that took from a point of the monotonic clock. */
    static Duration timeToEnd(List<Integer> pids, long sinceNanos, Duration max) {
        Awaitility.await("end of the trees")
                .pollInterval(Duration.ofMillis(20))
                .atMost(max)
                .until(() -> pids.stream().noneMatch(NodeProcesses::isAlive));
        return Duration.ofNanos(System.nanoTime() - sinceNanos);
    }
}
