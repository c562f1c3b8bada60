package io.millrace.node;

import com.typesafe.config.Config;
import io.millrace.contracts.MillraceException;
import io.millrace.node.config.Arguments;
import io.millrace.node.config.ConfigLayers;
import io.millrace.node.config.NodeConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * Entry point of a node. {@code database} as the first word runs only the embedded database, which several nodes on one
 * machine can then share.
 */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final int STOPPED = 0;
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Main() {}

    public static void main(String[] words) {
        boolean isDatabaseOnly = words.length > 0 && words[0].equals("database");
        Arguments arguments = parse(isDatabaseOnly ? Arrays.copyOfRange(words, 1, words.length) : words);
        if (arguments.isHelp()) {
            System.out.print(Arguments.HELP);
            return;
        }
        if (arguments.isVersion()) {
            System.out.println("Millrace " + Version.current());
            return;
        }
        try {
            run(arguments, isDatabaseOnly);
        } catch (RuntimeException e) {
            fail(e, arguments.isDebug());
        }
    }

    private static Arguments parse(String[] words) {
        try {
            return Arguments.parse(words);
        } catch (MillraceException e) {
            System.err.println(e.getMessage());
            System.exit(MISUSED);
            throw e;
        }
    }

    private static void run(Arguments arguments, boolean isDatabaseOnly) {
        Config root = ConfigLayers.load(configFile(arguments), arguments.settings());
        NodeConfig config = NodeConfig.from(root);
        LogFiles.in(config.data());
        if (isDatabaseOnly) {
            runDatabase(config);
        } else {
            runNode(root, config);
        }
    }

    private static Path configFile(Arguments arguments) {
        String named = arguments.configFile();
        String home = System.getProperty("millrace.home", "");
        return named != null ? Path.of(named) : Path.of(home, "cluster-config", "dev.conf");
    }

    private static void runNode(Config root, NodeConfig config) {
        Node node = Node.start(root, config);
        onSignal(() -> node.stop(), config.stopTimeout());
        System.out.println(node.readyLine());
        // This thread stays until the end: the actor system's own threads are gone before everything is closed.
        end(statusOf(node));
    }

    private static int statusOf(Node node) {
        try {
            return node.whenStopped().toCompletableFuture().join() ? STOPPED : FAILED;
        } catch (CompletionException e) {
            LOG.error("The node did not stop cleanly", e.getCause());
            return FAILED;
        }
    }

    private static void runDatabase(NodeConfig config) {
        DatabaseServer database = DatabaseServer.start(config);
        CompletableFuture<Boolean> stopRequest = new CompletableFuture<>();
        onSignal(() -> stopRequest.complete(true), config.stopTimeout());
        System.out.println("Millrace database ready: " + database.location());
        stopRequest.join();
        try {
            database.close();
        } catch (RuntimeException e) {
            LOG.error("The database did not stop cleanly", e);
            end(FAILED);
        }
        end(STOPPED);
    }

    /** The JVM's own answer to a signal is exit status 143 or 130; a clean stop that was asked for is 0. */
    private static void onSignal(Runnable stop, Duration limit) {
        for (String name : new String[] {"TERM", "INT"}) {
            Signal.handle(new Signal(name), _ -> {
                endAfter(limit);
                Thread.ofPlatform().daemon(false).name("millrace-stop").start(stop);
            });
        }
    }

    private static void endAfter(Duration limit) {
        Thread.ofPlatform().daemon().name("millrace-stop-limit").start(() -> {
            try {
                Thread.sleep(limit);
                LOG.error(
                        "The node did not stop within {} s and is ended. Nothing acknowledged is lost.",
                        limit.toSeconds());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            end(FAILED);
        });
    }

    private static void end(int status) {
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }

    private static void fail(Throwable failure, boolean isDebug) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (isDebug || !(cause instanceof MillraceException)) {
            LOG.error("The node could not start", cause);
        }
        System.err.println("Millrace could not start. " + cause.getMessage());
        end(FAILED);
    }
}
