package io.millrace.testkit.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Bystanders that have process ids of others who are gone, as the system gives them to somebody some day. The kernel is told
 * which one to give next, so this needs root.
 */
final class ReusedPids implements AutoCloseable {
    private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");

    /** Others of this machine may be given an id first. */
    private static final int TRIES_MAX = 200;

    private final List<Process> bystanders = new ArrayList<>();

    /** True if this process may choose which ids are given. */
    static boolean canBeChosen() {
        return Files.isWritable(LAST_PID);
    }

    /**
     * Starts a bystander with a process id that nobody has now.
     *
     * @throws AssertionError if others are always faster
     */
    void take(int pid) throws IOException {
        for (int i = 0; i < TRIES_MAX; i++) {
            Files.writeString(LAST_PID, Integer.toString(pid - 1));
            Process started = new ProcessBuilder("sleep", "600").start();
            if (started.pid() == pid) {
                bystanders.add(started);
                return;
            }
            started.destroyForcibly().onExit().join();
        }
        throw new AssertionError("process id " + pid + " could not be had");
    }

    /** A bystander with any process id. */
    int takeAny() throws IOException {
        Process started = new ProcessBuilder("sleep", "600").start();
        bystanders.add(started);
        return Math.toIntExact(started.pid());
    }

    /** How many of them were killed. */
    long killed() {
        return bystanders.stream().filter(process -> !process.isAlive()).count();
    }

    @Override
    public void close() {
        bystanders.forEach(Process::destroyForcibly);
    }
}
