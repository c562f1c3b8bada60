package io.millrace.testkit.cluster;

import io.millrace.host.system.LibC;
import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * A node in a JVM of its own, started as {@code scripts/node} starts it. Ports are free ones unless flags say otherwise.
 */
final class ForkedNode {
    private static final Pattern READY = Pattern.compile("Millrace ready: api (\\S+) management (\\S+)");
    private static final Duration READY_MAX = Duration.ofSeconds(90);
    private static final Duration END_MAX = Duration.ofSeconds(60);
    private static final int SHOWN_LINES_MAX = 60;
    private static final int SIGSTOP = 19;
    private static final int SIGCONT = 18;

    private final String name;
    private final Process process;
    private final Path output;
    private final Path errors;

    private ForkedNode(String name, Process process, Path output, Path errors) {
        this.name = name;
        this.process = process;
        this.output = output;
        this.errors = errors;
    }

    /**
     * Starts the JVM and returns at once.
     *
     * @param directory gets what the node prints
     * @param number tells the files of nodes with the same name apart
     * @param flags of the command line
     */
    static ForkedNode launch(
            String name, int number, Path directory, Map<String, String> environment, List<String> flags) {
        try {
            Files.createDirectories(directory);
            Path output = directory.resolve(name + "-" + number + ".out");
            Path errors = directory.resolve(name + "-" + number + ".err");
            ProcessBuilder builder = new ProcessBuilder(command(flags))
                    .directory(directory.toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile());
            builder.environment().keySet().removeIf(variable -> variable.startsWith("MILLRACE_"));
            // Tests let commands write into directories that are closed to other users.
            builder.environment().put("MILLRACE_PROCESSES_USER", "own");
            builder.environment().putAll(environment);
            return new ForkedNode(name, builder.start(), output, errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> command(List<String> flags) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                // Short lives: what the optimizing compiler would cost is never earned back.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dmillrace.home=" + ProjectTree.path(""),
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.node.Main"));
        command.addAll(flags);
        return command;
    }

    /** Waits until the node says that it serves. */
    ForkedNode awaitReady() {
        return awaitOutput("Millrace ready: ");
    }

    /** Waits until the node has printed a text. */
    ForkedNode awaitOutput(String expected) {
        Awaitility.await("node " + name + " prints '" + expected + "'")
                .atMost(READY_MAX)
                .pollInterval(Duration.ofMillis(50))
                .failFast("node " + name + " ended too soon", () -> !process.isAlive())
                .until(() -> output().contains(expected));
        return this;
    }

    private Matcher ready() {
        return READY.matcher(text(output));
    }

    String name() {
        return name;
    }

    int pid() {
        return Math.toIntExact(process.pid());
    }

    /** The node's API. */
    HttpApi api() {
        return new HttpApi(address(1));
    }

    /** The node's management endpoint. */
    HttpApi management() {
        return new HttpApi(address(2));
    }

    private String address(int group) {
        Matcher ready = ready();
        if (!ready.find()) {
            throw new IllegalStateException("node " + name + " is not ready");
        }
        return ready.group(group);
    }

    /** {@code kill -9}: the node gets no chance to do anything. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Stops the node where it is, its whole JVM, until {@link #resume}. What runs beside it goes on. */
    void pause() {
        LibC.kill(pid(), SIGSTOP);
    }

    /** Lets a paused node go on. */
    void resume() {
        LibC.kill(pid(), SIGCONT);
    }

    /** Asks the node to stop, as Ctrl-C and service managers do, and waits until it has. Gives its exit status. */
    int stop() {
        requestStop();
        return awaitEnd();
    }

    /** Asks the node to stop, and does not wait. */
    void requestStop() {
        process.destroy();
    }

    /** Waits until the node has ended by itself. Gives its exit status. */
    int awaitEnd() {
        try {
            if (process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        throw new IllegalStateException("node " + name + " did not end within " + END_MAX + ": " + log());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What the node printed for programs. */
    String output() {
        return text(output);
    }

    /** What the node printed for people. */
    String errors() {
        return text(errors);
    }

    /** The end of everything the node printed. */
    String log() {
        List<String> lines = (text(output) + text(errors)).lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES_MAX), lines.size()));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
