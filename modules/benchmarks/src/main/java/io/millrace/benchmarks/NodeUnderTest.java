package io.millrace.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node in its own JVM, started the way a user starts one, on free ports. */
final class NodeUnderTest implements AutoCloseable {
    private static final Pattern READY =
            Pattern.compile("Millrace ready: api http://[^:]+:(\\d+) management http://[^:]+:(\\d+)");

    private final Process process;
    private final Path log;
    private final int apiPort;
    private final int managementPort;
    private final Duration startup;

    private NodeUnderTest(Process process, Path log, int apiPort, int managementPort, Duration startup) {
        this.process = process;
        this.log = log;
        this.apiPort = apiPort;
        this.managementPort = managementPort;
        this.startup = startup;
    }

    /** Starts a node on a data directory and waits until it says that it is ready. */
    static NodeUnderTest start(Path project, Path data) {
        try {
            Files.createDirectories(data);
            ProcessBuilder builder = new ProcessBuilder(List.of(
                    project.resolve("scripts/node").toString(),
                    "--http-port",
                    "0",
                    "--management-port",
                    "0",
                    "--remote-port",
                    "0",
                    "--data",
                    data.toString()));
            // The same on every machine: as root each command would be started by way of programs that change its user.
            builder.environment().putIfAbsent("MILLRACE_PROCESSES_USER", "own");
            Path log = data.resolve("bench-node.log");
            builder.redirectError(log.toFile());
            long before = System.nanoTime();
            Process process = builder.start();
            return awaitReady(process, before, log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NodeUnderTest awaitReady(Process process, long before, Path log) throws IOException {
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return new NodeUnderTest(
                        process,
                        log,
                        Integer.parseInt(ready.group(1)),
                        Integer.parseInt(ready.group(2)),
                        Duration.ofNanos(System.nanoTime() - before));
            }
        }
        throw new IllegalStateException("The node ended before it was ready; see " + log);
    }

    Api api() {
        return new Api(apiPort);
    }

    Api management() {
        return new Api(managementPort);
    }

    int apiPort() {
        return apiPort;
    }

    int managementPort() {
        return managementPort;
    }

    long pid() {
        return process.pid();
    }

    /** Of the companion that runs the node's commands. */
    OsProcess processHost() {
        return new OsProcess(management()
                .get("/management/node")
                .at("/details/processHost/pid")
                .asLong());
    }

    /** What the node wrote to standard error so far. */
    List<String> logged() throws IOException {
        return Files.readAllLines(log);
    }

    /** From starting the process to its ready line. */
    Duration startup() {
        return startup;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
