package io.millrace.testkit.cluster;

import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The nodes of one test, in a directory of their own. Prints every node's log if the test failed, and leaves nothing
 * behind: no node, no command of one, no database, no file.
 */
final class Nodes implements BeforeEachCallback, AfterEachCallback, AutoCloseable {
    private static final int PORT_MIN = 20_000;
    private static final int PORT_MAX = 32_000;

    private final List<ForkedNode> started = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Path directory = Path.of("");

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        open();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        if (context.getExecutionException().isPresent()) {
            showLogs();
        }
        close();
    }

    /** Begins a test, or a round of a drill. */
    void open() throws IOException {
        directory = Files.createTempDirectory("millrace-nodes");
    }

    /** Prints the end of what each node has written. */
    void showLogs() {
        started.forEach(node -> System.out.println("---- node " + node.name() + "\n" + node.log()));
    }

    /** Ends whatever was started, and removes what it left. */
    @Override
    public void close() throws IOException {
        started.stream().filter(ForkedNode::isAlive).forEach(ForkedNode::kill);
        started.forEach(node -> processesOf(node.name()).end());
        endDatabases();
        delete(directory);
        started.clear();
        environment.clear();
    }

    /** A path in the test's own directory, which may not exist yet. */
    Path path(String name) {
        return directory.resolve(name);
    }

    /** Sets an environment variable for the nodes started from now on. */
    Nodes with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Starts a node by itself with the data directory {@code name} and waits until it is ready. */
    ForkedNode start(String name, String... flags) {
        return launch(name, flags).awaitReady();
    }

    /** Like {@link #start}, without the waiting. */
    ForkedNode launch(String name, String... flags) {
        List<String> all = new ArrayList<>(List.of(
                "--http-port", "0",
                "--management-port", "0",
                "--remote-port", "0",
                "--node-name", name,
                "--data", path(name).toString()));
        all.addAll(Arrays.asList(flags));
        return launchOnly(name, all);
    }

    /** Starts a node with these flags and no others. */
    ForkedNode launchOnly(String name, List<String> flags) {
        ForkedNode node = ForkedNode.launch(name, started.size(), directory, environment, flags);
        started.add(node);
        return node;
    }

    /**
     * Starts nodes that form one cluster on one database, and waits until all are ready. What processes of a lost node do is
     * awaited as shortly as is allowed.
     *
     * @return in the order of their addresses, lowest first
     */
    List<ForkedNode> startCluster(String... names) {
        List<Integer> ports = freePorts(names.length);
        String seeds =
                String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
        ForkedNode database = launchOnly(
                "database", List.of("database", "--data", path("database").toString()));
        database.awaitOutput("Millrace database ready");
        with("MILLRACE_DATABASE_URL", read(path("database").resolve("postgres/url")));
        with("MILLRACE_SEED_NODES", seeds);
        with("MILLRACE_PROCESSES_LEASE", "3s");
        List<ForkedNode> nodes = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            nodes.add(launch(
                    names[i],
                    "--remote-port",
                    ports.get(i).toString(),
                    "--config",
                    ProjectTree.path("cluster-config/three-node.conf").toString()));
        }
        nodes.forEach(ForkedNode::awaitReady);
        return nodes;
    }

    /** What the node with a data directory runs. */
    NodeProcesses processesOf(String name) {
        return new NodeProcesses(path(name));
    }

    /** The process id of the embedded database in a data directory, if it runs. */
    Optional<ProcessHandle> databaseOf(String name) {
        Path record = path(name).resolve("postgres/data/postmaster.pid");
        if (!Files.exists(record)) {
            return Optional.empty();
        }
        long pid = Long.parseLong(read(record).lines().findFirst().orElse("0"));
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    }

    private void endDatabases() throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            children.filter(Files::isDirectory)
                    .map(child -> child.getFileName().toString())
                    .map(this::databaseOf)
                    .flatMap(Optional::stream)
                    .forEach(database -> {
                        database.destroyForcibly();
                        database.onExit().join();
                    });
        }
    }

    /**
     * Ports nobody listens at, in rising order. They lie below those that the system gives to whoever asks for any port,
     * so none is taken between this look and the start of a node.
     */
    private static List<Integer> freePorts(int count) {
        return ThreadLocalRandom.current()
                .ints(PORT_MIN, PORT_MAX)
                .filter(Nodes::isFree)
                .distinct()
                .limit(count)
                .sorted()
                .boxed()
                .toList();
    }

    private static boolean isFree(int port) {
        try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
