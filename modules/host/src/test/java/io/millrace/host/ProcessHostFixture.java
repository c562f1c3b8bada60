package io.millrace.host;

import static org.awaitility.Awaitility.await;

import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A process host, a home for its commands, and orders for them. */
public abstract class ProcessHostFixture {
    protected static final Duration LEASE = Duration.ofSeconds(60);
    protected static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HostUnderTest kind;

    @TempDir
    protected Path directory;

    protected Path home;
    protected ProcessHost host;
    private long lastEpoch;

    protected ProcessHostFixture(HostUnderTest kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() throws IOException {
        home = Files.createDirectory(directory.resolve("home"));
        host = kind.open(hostDirectory());
    }

    @AfterEach
    void close() {
        if (host != null) {
            host.close();
        }
    }

    private Path hostDirectory() {
        return directory.resolve("host");
    }

    /** The node ends without a word, and another life of it begins. */
    protected final void beginNextLife() throws IOException {
        host = kind.nextLife(host, hostDirectory());
    }

    /** The host stops, and another one is started in its place. */
    protected final void replaceHost() throws IOException {
        host.close();
        host = kind.open(hostDirectory());
    }

    protected final RecordedRun start(Order order) {
        return start(order, new RecordedRun());
    }

    protected final RecordedRun start(Order order, RecordedRun run) {
        host.start(order.build(), run);
        return run;
    }

    protected final RecordedRun adopt(RunKey key) {
        var run = new RecordedRun();
        host.adopt(key, run);
        return run;
    }

    protected final Order shell(String script) {
        return command("sh", "-c", script);
    }

    /** An order with the next epoch, for a job of its own. */
    protected final Order command(String... command) {
        long epoch = ++lastEpoch;
        return new Order(
                new RunKey("default", "job" + epoch, 1, epoch), List.of(command), System.nanoTime() + LEASE.toNanos());
    }

    protected static long nanosFromNow(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    /** Id on this machine of a process that a command writes to a file in its home. */
    protected final int pidIn(String file, RecordedRun run) {
        return kind.pidOnMachine(run.started().pid(), numberIn(file));
    }

    /** Number that a command writes to a file in its home. */
    protected final int numberIn(String file) {
        var path = home.resolve(file);
        await().atMost(PATIENCE)
                .until(() -> Files.exists(path) && Files.readString(path).endsWith("\n"));
        try {
            return Integer.parseInt(Files.readString(path).strip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    protected static boolean isAlive(int pid) {
        return ProcessTable.find(pid).filter(process -> !process.isEnded()).isPresent();
    }

    protected static void awaitEndOf(int pid) {
        await().atMost(PATIENCE).until(() -> !isAlive(pid));
    }

    /** A start order that is put together. */
    protected final class Order {
        private final RunKey key;
        private final List<String> command;
        private final long deadlineNanos;
        private byte[] input = {};
        private Map<String, String> env = Map.of();
        private boolean survivesNode;
        private boolean terminal;

        private Order(RunKey key, List<String> command, long deadlineNanos) {
            this.key = key;
            this.command = command;
            this.deadlineNanos = deadlineNanos;
        }

        public RunKey key() {
            return key;
        }

        public long deadlineNanos() {
            return deadlineNanos;
        }

        public Order until(long nanos) {
            return with(new Order(key, command, nanos));
        }

        public Order named(UnaryOperator<RunKey> name) {
            return with(new Order(name.apply(key), command, deadlineNanos));
        }

        private Order with(Order copy) {
            copy.input = input;
            copy.env = env;
            copy.survivesNode = survivesNode;
            copy.terminal = terminal;
            return copy;
        }

        public Order input(String text) {
            input = text.getBytes(StandardCharsets.UTF_8);
            return this;
        }

        public Order env(Map<String, String> variables) {
            env = variables;
            return this;
        }

        public Order survivingNode() {
            survivesNode = true;
            return this;
        }

        public Order onTerminal() {
            terminal = true;
            return this;
        }

        StartOrder build() {
            return new StartOrder(
                    key,
                    command,
                    env,
                    false,
                    input,
                    home.toString(),
                    null,
                    List.of(),
                    ProcessLimits.NONE,
                    terminal,
                    deadlineNanos,
                    survivesNode);
        }
    }
}
