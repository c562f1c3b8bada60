package io.millrace.host.client;

import io.millrace.contracts.Problem;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.SandboxSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node in a JVM of its own, to be stopped and killed. It runs commands in a companion and takes none of their output. It
 * says {@code companion <pid>}, {@code deadline <nanoseconds of the monotonic clock>}, {@code started <epoch> <pid>},
 * {@code output <epoch>} and {@code ended <epoch> <reason>}, line by line, and ends with the test at the latest.
 */
final class ForkedNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Process process;
    private final BufferedReader said;

    private ForkedNode(Process process) {
        this.process = process;
        this.said = process.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * Starts a node.
     *
     * @param lease of the commands, which nobody renews
     * @param survivors how many of the commands survive the node; they have the epochs from 1 on
     * @param others how many do not; they have the epochs behind
     */
    static ForkedNode start(Path data, Path home, Duration lease, int survivors, int others, String script)
            throws IOException {
        var command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ForkedNode.class.getName()));
        command.addAll(List.of(
                data.toString(),
                home.toString(),
                Long.toString(lease.toMillis()),
                Integer.toString(survivors),
                Integer.toString(others),
                script));
        return new ForkedNode(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Name of the run with an epoch. */
    static RunKey key(int epoch) {
        return new RunKey("default", "job" + epoch, 1, epoch);
    }

    int pid() {
        return Math.toIntExact(process.pid());
    }

    /** Waits for the next line that begins like this, and returns the rest. */
    String awaitLine(String beginning) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (@Nullable String line = said.readLine(); line != null; line = said.readLine()) {
                if (line.startsWith(beginning)) {
                    return line.substring(beginning.length());
                }
                if (System.nanoTime() - deadline > 0) {
                    break;
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("The node did not say: " + beginning);
    }

    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    // In the forked JVM

    /** Ends when its standard input does. */
    public static void main(String[] arguments) throws IOException {
        var settings = new CompanionSettings(
                Path.of(arguments[0]),
                ControlGroupUse.NONE,
                new SandboxSettings(ProcessUser.OWN),
                CommonLimits.NONE,
                false);
        var host = RemoteProcessHost.start(settings, () -> {});
        System.out.println("companion " + host.pid());
        long lease = Duration.ofMillis(Long.parseLong(arguments[2])).toNanos();
        int survivors = Integer.parseInt(arguments[3]);
        int all = survivors + Integer.parseInt(arguments[4]);
        long deadline = System.nanoTime() + lease;
        System.out.println("deadline " + deadline);
        for (int epoch = 1; epoch <= all; epoch++) {
            var order = order(epoch, arguments[5], arguments[1], deadline, epoch <= survivors);
            host.start(order, new Told(epoch));
        }
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (input.readLine() != null) {
            // It is only ever ended.
        }
        Runtime.getRuntime().halt(0);
    }

    private static StartOrder order(int epoch, String script, String home, long deadline, boolean survivesNode) {
        return new StartOrder(
                key(epoch),
                List.of("sh", "-c", script),
                Map.of("EPOCH", Integer.toString(epoch)),
                false,
                new byte[0],
                home,
                null,
                List.of(),
                ProcessLimits.NONE,
                false,
                deadline,
                survivesNode);
    }

    private record Told(int epoch, MemorySegment buffer) implements RunListener {
        Told(int epoch) {
            this(epoch, Arena.ofAuto().allocate(HostLimits.OUTPUT_PIECE_BYTES_MAX));
        }

        @Override
        public void started(Started started) {
            System.out.println("started " + epoch + " " + started.pid());
        }

        @Override
        public void notStarted(Problem problem) {
            System.out.println("not started " + epoch + " " + problem.detail());
        }

        @Override
        public void output(LogStream stream, MemorySegment bytes, Runnable taken) {
            System.out.println("output " + epoch);
        }

        @Override
        public void ended(Ended ended) {
            System.out.println("ended " + epoch + " " + ended.reason());
        }
    }
}
