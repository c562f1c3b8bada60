package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Three nodes of this machine, started the way a user starts them. */
final class ClusterUnderTest implements AutoCloseable {
    private static final int CHANNELS_TRIED_MAX = 64;
    private static final int NODES = 3;
    private static final int MANAGEMENT_OFFSET = 1_000;

    private final Path project;
    private final Path data;
    private final int port;

    private ClusterUnderTest(Path project, Path data, int port) {
        this.project = project;
        this.data = data;
        this.port = port;
    }

    static ClusterUnderTest start(Path project, Path data) throws IOException, InterruptedException {
        ClusterUnderTest cluster = new ClusterUnderTest(project, data, freePorts());
        cluster.script(
                "up",
                Integer.toString(NODES),
                "--data",
                data.toString(),
                "--http-port",
                Integer.toString(cluster.port));
        return cluster;
    }

    /** The first of three neighbouring ports that are free, as are those of management and remoting beside them. */
    private static int freePorts() {
        for (int port = 18_080; port < 30_000; port += 10) {
            if (areFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free ports for a cluster between 18080 and 30000");
    }

    private static boolean areFree(int first) {
        for (int port :
                List.of(first, first + 1, first + 2, first + 1_000, first + 1_001, first + 2_000, first + 2_001)) {
            try (ServerSocket socket = new ServerSocket(port)) {
                socket.setReuseAddress(true);
            } catch (IOException _) {
                return false;
            }
        }
        return true;
    }

    /** One of the nodes, all of which listen on the loopback address. */
    record Node(String name, long pid, int apiPort, int managementPort) {}

    /** Every node, the one that is asked first. */
    List<Node> nodes() {
        return IntStream.range(0, NODES).mapToObj(this::node).toList();
    }

    private Node node(int n) {
        String name = "node-" + (n + 1);
        try {
            // scripts/cluster notes the process id and the time of its start.
            String[] record = Files.readString(data.resolve(name + ".pid")).split(" ");
            return new Node(name, Long.parseLong(record[0]), port + n, port + MANAGEMENT_OFFSET + n);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Port of the node that is asked. */
    int apiPort() {
        return port;
    }

    /** Creates channels until one lives on another node than the one that is asked. */
    String remoteChannel() {
        Api api = new Api(port);
        for (int n = 0; n < CHANNELS_TRIED_MAX; n++) {
            String name = "remote-" + n;
            JsonNode channel = api.put("/v1/channels/" + name, "{}");
            if (!channel.at("/status/node").asText().equals("node-1")) {
                return name;
            }
        }
        throw new IllegalStateException("none of " + CHANNELS_TRIED_MAX + " channels lives on another node");
    }

    private void script(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(project.resolve("scripts/cluster").toString());
        builder.command().addAll(List.of(arguments));
        File log = data.resolveSibling(data.getFileName() + ".log").toFile();
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
        if (!process.waitFor(3, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IllegalStateException("scripts/cluster " + String.join(" ", arguments) + " failed; see " + log);
        }
    }

    @Override
    public void close() {
        try {
            script("down", "--data", data.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
