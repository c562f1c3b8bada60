package io.millrace.node.config;

import com.sun.management.OperatingSystemMXBean;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.millrace.channel.resource.NodeLimits;
import io.millrace.channel.thread.StackSizes;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.domain.Limits;
import io.millrace.storage.StorageSettings;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.Address;

/**
 * Everything a node is told; {@code cluster-config/base.conf} says what each value means and why it is what it is.
 *
 * @param databaseUrl empty for the embedded database
 * @param nodeName empty for host and remote port
 * @param handlersMax handler attempts that run at once on this node, over all channels
 * @param stackSizes of handler threads, by class
 * @param resources what all channels of the node may hold together
 * @param processes how processes are run
 */
public record NodeConfig(
        String bind,
        int httpPort,
        int httpConnectionsMax,
        int managementPort,
        int remotePort,
        Path data,
        String nodeName,
        List<Address> seedNodes,
        String databaseUrl,
        StorageSettings storage,
        int handlersMax,
        Path handlersDirectory,
        StackSizes stackSizes,
        NodeLimits resources,
        ProcessSettings processes) {
    /** Name of the actor system; every node of a cluster has the same. */
    public static final String SYSTEM = "millrace";

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");
    private static final int HANDLERS_PER_PROCESSOR = 8;

    /** A shorter lease would end commands whenever the database or the collector of garbage takes its time. */
    public NodeConfig {
        seedNodes = List.copyOf(seedNodes);
    }

    /**
     * Reads and checks the section {@code millrace}.
     *
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT naming key, value and what is allowed
     */
    public static NodeConfig from(Config root) {
        try {
            return read(root.getConfig("millrace"));
        } catch (ConfigException e) {
            throw invalid("The configuration cannot be used: " + e.getMessage());
        }
    }

    private static NodeConfig read(Config config) {
        Path data = Path.of(config.getString("data")).toAbsolutePath().normalize();
        checkJournal(config.getConfig("journal"));
        return new NodeConfig(
                loopback(config.getString("bind")),
                port(config, "http.port"),
                between(config, "http.connections-max", 1, 1_000_000),
                port(config, "management.port"),
                port(config, "remote.port"),
                data,
                config.getString("node-name"),
                seedNodes(config.getString("seed-nodes")),
                config.getString("database.url"),
                storage(config.getConfig("database")),
                handlersMax(config),
                data.resolve(config.getString("handlers.directory")),
                stackSizes(config.getConfig("threads.stack-size")),
                resources(config.getConfig("resources")),
                ProcessSection.read(config.getConfig("processes")));
    }

    private static StorageSettings storage(Config config) {
        try {
            return new StorageSettings(
                    config.getInt("pool-size"),
                    config.getDuration("connection-timeout"),
                    config.getDuration("statement-timeout"),
                    config.getBoolean("allow-unsafe"));
        } catch (IllegalArgumentException e) {
            throw invalid("The configuration under millrace.database cannot be used: " + e.getMessage() + ".");
        }
    }

    private static void checkJournal(Config config) {
        between(config, "buffer-size", 100, 1_000_000);
        between(config, "batch-size", 1, 10_000);
        between(config, "parallelism", 1, 64);
        between(config, "pool-size", 2, 100);
    }

    private static int handlersMax(Config config) {
        int configured = between(config, "handlers.max-running", 0, 10_000);
        return configured == 0 ? Runtime.getRuntime().availableProcessors() * HANDLERS_PER_PROCESSOR : configured;
    }

    private static StackSizes stackSizes(Config config) {
        return new StackSizes(
                stackSize(config, "system"), stackSize(config, "processing"), stackSize(config, "monitoring"));
    }

    private static long stackSize(Config config, String key) {
        long bytes = config.getBytes(key);
        if (bytes != 0 && !StackSizes.isPossible(bytes)) {
            throw invalid(config.getValue(key).origin().description() + ": threads.stack-size." + key + " is " + bytes
                    + " bytes and has to be 0 or between " + Limits.STACK_BYTES_MIN + " and " + Limits.STACK_BYTES_MAX
                    + ".");
        }
        return bytes;
    }

    private static NodeLimits resources(Config config) {
        long memory = config.getBytes("memory");
        return new NodeLimits(
                config.getBytes("buffer"),
                memory == 0 ? machineMemory() : memory,
                between(config, "threads", 0, 1_000_000),
                between(config, "channels", 0, 1_000_000),
                between(config, "files", 0, 100_000_000),
                between(config, "processes", 0, 1_000_000));
    }

    private static long machineMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    private static String loopback(String bind) {
        if (LOOPBACK.contains(bind)) {
            return bind.equals("localhost") ? "127.0.0.1" : bind;
        }
        throw invalid("millrace.bind is '" + bind + "', and whoever reaches a node can run commands on it. Any address "
                + "but loopback needs TLS and tokens, which this version does not offer. Use 127.0.0.1 and a tunnel or "
                + "a proxy that authenticates.");
    }

    private static int port(Config config, String key) {
        return between(config, key, 0, 65_535);
    }

    private static int between(Config config, String key, int min, int max) {
        int value = config.getInt(key);
        if (value < min || value > max) {
            throw invalid(config.getValue(key).origin().description() + ": " + key + " is " + value
                    + " and has to be between " + min + " and " + max + ".");
        }
        return value;
    }

    private static List<Address> seedNodes(String list) {
        return Arrays.stream(list.split(",", -1))
                .map(String::trim)
                .filter(text -> !text.isEmpty())
                .map(NodeConfig::seedNode)
                .toList();
    }

    private static Address seedNode(String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                int port = Integer.parseInt(text.substring(colon + 1));
                if (port > 0 && port <= 65_535) {
                    return new Address("pekko", SYSTEM, text.substring(0, colon), port);
                }
            }
        } catch (NumberFormatException e) {
            throw badSeedNode(text);
        }
        throw badSeedNode(text);
    }

    private static RuntimeException badSeedNode(String text) {
        return invalid("millrace.seed-nodes names '" + text + "', which is not host:port. Write a list like "
                + "127.0.0.1:25520,127.0.0.1:25521, the same on every node.");
    }

    static RuntimeException invalid(String detail) {
        return Problem.of(ErrorCode.INVALID_ARGUMENT, "Node", detail).asException();
    }

    /** Longest time a stop may take before the JVM is ended regardless. */
    public Duration stopTimeout() {
        return Duration.ofSeconds(40);
    }
}
