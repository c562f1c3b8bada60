package io.millrace.host.sandbox;

import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs commands as the host does, with their output in one text. */
final class SandboxedCommand {
    static final String KEPT = "MILLRACE_RUN";
    private static final String PATH = "/usr/local/bin:/usr/bin:/bin";

    private final RunUser user;
    private final Path directory;
    private final Map<String, String> environment = new HashMap<>();

    SandboxedCommand(RunUser user, Path directory) {
        this.user = user;
        this.directory = directory;
        environment.put("PATH", PATH);
        environment.put(KEPT, "host/run");
    }

    /**
     * What became of it.
     *
     * @param output standard output and standard error
     */
    record Result(ExitStatus status, String output) {
        List<String> lines() {
            return output.lines().toList();
        }
    }

    SandboxedCommand with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    SandboxedCommand without(String name) {
        environment.remove(name);
        return this;
    }

    Map<String, String> environment() {
        return environment;
    }

    Result shell(String script) throws IOException {
        return run("sh", "-c", script);
    }

    Result run(String... command) throws IOException {
        int[] pipe = LibC.pipe();
        int pid = start(pipe[1], List.of(command));
        LibC.close(pipe[1]);
        try {
            String output = readAll(pipe[0]);
            return new Result(ExitStatus.of(LibC.reapKilled(pid)), output);
        } finally {
            LibC.close(pipe[0]);
        }
    }

    /** Starts it without waiting for it; its output goes nowhere. */
    int start(String... command) throws IOException {
        return start(-1, List.of(command));
    }

    private int start(int output, List<String> command) throws IOException {
        var launch = user.launch(command, environment, KEPT, Confinement.NONE);
        return PosixSpawn.spawn(new PosixSpawn.Plan(
                launch.arguments().getFirst(),
                launch.arguments(),
                launch.environment(),
                directory.toString(),
                -1,
                output,
                output));
    }

    private static String readAll(int pipe) {
        var text = new StringBuilder();
        try (var memory = Arena.ofConfined()) {
            MemorySegment buffer = memory.allocate(8_192);
            for (int count = LibC.read(pipe, buffer); count > 0; count = LibC.read(pipe, buffer)) {
                text.append(
                        new String(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }
}
