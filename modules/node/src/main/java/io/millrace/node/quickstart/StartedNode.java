package io.millrace.node.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node that this program started through {@code scripts/node}, with its data in the project. */
final class StartedNode {
    private static final Pattern READY = Pattern.compile("Millrace ready: api (\\S+) management (\\S+)");
    private static final int STOP_SECONDS_MAX = 60;

    private final Process process;
    private final Path log;
    private final String api;
    private final String management;

    private StartedNode(Process process, Path log, String api, String management) {
        this.process = process;
        this.log = log;
        this.api = api;
        this.management = management;
    }

    /** Starts a node and waits until it is ready; absent, with its words printed, if it ended before that. */
    static Optional<StartedNode> start(Path root, List<String> ports) throws IOException {
        Path data = root.resolve(".millrace").resolve("quickstart");
        Files.createDirectories(data.resolve("logs"));
        Path log = data.resolve("logs").resolve("quickstart.log");
        List<String> command =
                new ArrayList<>(List.of(root.resolve("scripts/node").toString()));
        command.addAll(ports);
        command.addAll(List.of("--data", data.toString()));
        System.out.println("Starting a node with its own PostgreSQL; its data is in .millrace/quickstart");
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            System.out.println(line);
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return Optional.of(new StartedNode(process, log, ready.group(1), ready.group(2)));
            }
        }
        System.err.println(Files.readString(log));
        return Optional.empty();
    }

    String api() {
        return api;
    }

    String management() {
        return management;
    }

    Path log() {
        return log;
    }

    long pid() {
        return process.pid();
    }

    /** Asks the node to stop and waits for it; gives its exit status. */
    int stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }
}
