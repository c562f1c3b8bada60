package io.millrace.testkit.cluster;

import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.protocol.HostState;
import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Companion and commands of a node, as the system shows them. */
final class NodeProcesses {
    private static final int SIGKILL = 9;
    private static final int SIGSTOP = 19;

    private final Path data;

    /** @param data directory of the node */
    NodeProcesses(Path data) {
        this.data = data;
    }

    /** Process id of the companion, absent if none lives. */
    Optional<Integer> companion() {
        try {
            Optional<HostState> state = HostDirectory.below(data).state();
            return state.isPresent() && state.get().isAlive() ? state.map(HostState::pid) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Process ids of everything alive that carries the mark of this node's companions. */
    List<Integer> commands() {
        String mark = hostId().map(id -> "MILLRACE_RUN=" + id + "/").orElse("");
        return mark.isEmpty()
                ? List.of()
                : ProcessTable.all().stream()
                        .filter(process -> !process.isEnded() && isMarked(process.pid(), mark))
                        .map(ProcessTable.Entry::pid)
                        .toList();
    }

    /** What the commands of this node are marked with, absent if it never had a companion. */
    Optional<String> hostId() {
        try {
            return HostDirectory.below(data).hostId();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the companion and whatever it left running. */
    void end() {
        companion().ifPresent(NodeProcesses::kill);
        commands().forEach(NodeProcesses::kill);
    }

    static boolean isAlive(int pid) {
        return ProcessTable.find(pid).filter(process -> !process.isEnded()).isPresent();
    }

    static void kill(int pid) {
        LibC.kill(pid, SIGKILL);
    }

    /** Has a process stand still. */
    static void stop(int pid) {
        LibC.kill(pid, SIGSTOP);
    }

    private static boolean isMarked(int pid, String mark) {
        try {
            String environment =
                    new String(Files.readAllBytes(Path.of("/proc/" + pid + "/environ")), StandardCharsets.ISO_8859_1);
            return Arrays.stream(environment.split("\0", -1)).anyMatch(variable -> variable.startsWith(mark));
        } catch (IOException e) {
            // It has ended meanwhile.
            return false;
        }
    }
}
