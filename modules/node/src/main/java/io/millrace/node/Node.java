package io.millrace.node;

import com.typesafe.config.Config;
import io.millrace.api.v1.JsonValueCodec;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.ChannelSystem;
import io.millrace.channel.Channels;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.edge.http.ApiHandler;
import io.millrace.edge.http.HttpMetrics;
import io.millrace.edge.http.HttpServer;
import io.millrace.edge.http.HttpSettings;
import io.millrace.edge.management.ManagementServer;
import io.millrace.node.config.NodeConfig;
import io.millrace.node.journal.JdbcChannelJournal;
import io.millrace.storage.Storage;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.embedded.DataDirectory;
import io.millrace.storage.embedded.PrivateDatabase;
import io.millrace.storage.embedded.PrivateDatabaseSettings;
import io.millrace.storage.embedded.PrivateDatabaseSupervisor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: its data directory, database, actor system and HTTP servers, started in that order and stopped in
 * the opposite one. Starting blocks the caller; nothing else does.
 */
public final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration JOIN_MAX = Duration.ofSeconds(90);
    private static final Duration DEFAULT_CHANNEL_MAX = Duration.ofSeconds(15);
    private static final Duration REGISTRATION_MAX = Duration.ofSeconds(15);
    private static final long REGISTRATION_POLL_MILLIS = 100;
    private static final Duration BIND_MAX = Duration.ofSeconds(10);
    private static final Duration REQUESTS_GRACE = Duration.ofSeconds(5);

    private final NodeConfig config;
    private final Deque<Runnable> closers = new ArrayDeque<>();
    private final AtomicBoolean isStopRequested = new AtomicBoolean();
    private final CompletableFuture<Boolean> stopped = new CompletableFuture<>();
    private @Nullable ActorSystem<Void> system;
    private @Nullable HttpServer api;
    private @Nullable HttpServer management;

    private Node(NodeConfig config) {
        this.config = config;
    }

    /**
     * Starts a node and waits until it is ready to serve.
     *
     * @param root the whole configuration
     * @throws io.millrace.contracts.MillraceException saying what prevents the start and what to do
     */
    public static Node start(Config root, NodeConfig config) {
        Node node = new Node(config);
        try {
            node.start(root);
            return node;
        } catch (RuntimeException e) {
            node.abandon();
            throw e;
        }
    }

    private void start(Config root) {
        DataDirectory directory = DataDirectory.open(config.data());
        closers.push(directory::close);
        NodeDatabase database = database(directory);
        Storage storage = Storage.open(database.address(), config.storage(), new JsonValueCodec());
        closers.push(storage::close);
        ActorSystem<Void> actors = actorSystem(root, database.address());
        try {
            serve(root, actors, storage, database);
        } catch (RuntimeException e) {
            actors.terminate();
            throw e;
        }
    }

    private NodeDatabase database(DataDirectory directory) {
        if (!config.databaseUrl().isEmpty()) {
            return NodeDatabase.external(DatabaseAddress.parse(config.databaseUrl()));
        }
        PrivateDatabase database = PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT);
        closers.push(database::stop);
        PrivateDatabaseSupervisor supervisor = PrivateDatabaseSupervisor.start(database);
        closers.push(supervisor::close);
        return NodeDatabase.embedded(database.address(), supervisor);
    }

    private ActorSystem<Void> actorSystem(Config root, DatabaseAddress address) {
        Config settings = PekkoSettings.of(root, config, address);
        try {
            ActorSystem<Void> actors = ActorSystem.create(Behaviors.<Void>empty(), NodeConfig.SYSTEM, settings);
            system = actors;
            // A thread inherits being a daemon, and the JVM must not end before everything is closed.
            actors.getWhenTerminated()
                    .whenComplete((_, _) -> Thread.ofPlatform()
                            .daemon(false)
                            .name("millrace-close")
                            .start(this::close));
            return actors;
        } catch (RuntimeException e) {
            throw portProblem("remote", "MILLRACE_REMOTE_PORT", config.remotePort(), e);
        }
    }

    private void serve(Config root, ActorSystem<Void> actors, Storage storage, NodeDatabase database) {
        ClusterMembership membership = new ClusterMembership(actors);
        String name = config.nodeName().isEmpty() ? membership.selfHostPort() : config.nodeName();
        ExecutorService blocking = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("millrace-blocking-", 0).factory());
        closers.push(blocking::shutdownNow);
        Instruments instruments = new Instruments();
        ChannelServices services = NodeServices.of(config, name, storage, blocking, instruments, closers);
        actors.systemActorOf(MembershipLog.create(), "membership-log", Props.empty());
        membership.join(config.seedNodes(), JOIN_MAX);
        ChannelSystem channels = ChannelSystem.start(
                actors, services, new JdbcChannelJournal(actors, storage.journalTables(), blocking));
        NodeStatus status = new NodeStatus(
                name, root, config, database, storage, membership, services, blocking, channels::isRegistered);
        HttpMetrics metrics = new HttpMetrics();
        HttpSettings apiSettings =
                HttpSettings.at(config.bind(), config.httpPort()).withConnectionsMax(config.httpConnectionsMax());
        HttpServer apiServer = bound(
                "API",
                "MILLRACE_HTTP_PORT",
                config.httpPort(),
                HttpServer.start(
                        actors, apiSettings, new ApiHandler(actors, apiSettings, channels.channels(), metrics)));
        api = apiServer;
        status.api(apiServer);
        HttpServer managementServer = bound(
                "management",
                "MILLRACE_MANAGEMENT_PORT",
                config.managementPort(),
                ManagementServer.start(
                        actors,
                        HttpSettings.at(config.bind(), config.managementPort()),
                        status,
                        channels.channels(),
                        channels.inspection(),
                        channels.incidents(),
                        instruments,
                        metrics));
        management = managementServer;
        stopServersFirst(actors, apiServer, managementServer, status);
        CoordinatedShutdown.get(actors)
                .addTask(
                        CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
                        "drain-logs",
                        () -> channels.drainLogs().thenApply(_ -> Done.getInstance()));
        createDefaultChannel(storage, channels.channels());
        awaitRegistration(channels);
        status.started();
        LOG.info("Node {} is ready", name);
    }

    /** The channel that always exists has to be in lists too, so the first node of a new database creates it. */
    private static void createDefaultChannel(Storage storage, Channels channels) {
        if (storage.readModel().channelExists(ChannelName.DEFAULT)) {
            return;
        }
        try {
            channels.put(ChannelName.DEFAULT, ChannelSpec.DEFAULT)
                    .toCompletableFuture()
                    .get(DEFAULT_CHANNEL_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while creating the default channel", e);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("The channel 'default' could not be created yet; its first job creates it", e);
        }
    }

    /** A node that says it is ready must be so by its probe too. One that is not in time goes on; the probe says why. */
    private static void awaitRegistration(ChannelSystem channels) {
        long deadline = System.nanoTime() + REGISTRATION_MAX.toNanos();
        try {
            while (!channels.isRegistered().toCompletableFuture().get(REGISTRATION_MAX.toSeconds(), TimeUnit.SECONDS)) {
                if (System.nanoTime() > deadline) {
                    LOG.warn("The node is not registered for channels yet; /ready tells when it is");
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(REGISTRATION_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the registration for channels", e);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("It is unknown whether the node is registered for channels; /ready tells", e);
        }
    }

    /** Requests in work end before channels move away; the management endpoint answers until the end. */
    private static void stopServersFirst(
            ActorSystem<?> actors, HttpServer apiServer, HttpServer managementServer, NodeStatus status) {
        CoordinatedShutdown shutdown = CoordinatedShutdown.get(actors);
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "not-ready", () -> {
            status.stopping();
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        shutdown.addTask(CoordinatedShutdown.PhaseServiceUnbind(), "stop-api", () -> apiServer.stop(REQUESTS_GRACE));
        shutdown.addTask(
                CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
                "stop-management",
                () -> managementServer.stop(Duration.ofSeconds(1)));
    }

    private static HttpServer bound(String name, String variable, int port, CompletionStage<HttpServer> binding) {
        try {
            return binding.toCompletableFuture().get(BIND_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while binding the " + name + " port", e);
        } catch (ExecutionException | TimeoutException e) {
            throw portProblem(name, variable, port, e);
        }
    }

    private static RuntimeException portProblem(String name, String variable, int port, Exception cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        LOG.debug("The {} port could not be bound", name, cause);
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "Node",
                        "The " + name + " port " + port + " cannot be used (" + root.getMessage()
                                + "). Stop what uses it, or choose another port with " + variable
                                + "; 0 picks a free one.",
                        Map.of("port", port))
                .asException();
    }

    /** The one line that says where the node listens. */
    public String readyLine() {
        return "Millrace ready: api " + url(api) + " management " + url(management);
    }

    /** Port of the HTTP API. */
    public int apiPort() {
        return portOf(api);
    }

    /** Port of the management endpoint. */
    public int managementPort() {
        return portOf(management);
    }

    private String url(@Nullable HttpServer server) {
        return "http://" + config.bind() + ":" + portOf(server);
    }

    private static int portOf(@Nullable HttpServer server) {
        if (server == null) {
            throw new IllegalStateException("the node is not started");
        }
        return server.address().getPort();
    }

    /**
     * Stops the node cleanly: no new requests, running attempts end within their grace, channels move, everything
     * acknowledged stays.
     *
     * @return completes when everything is stopped
     */
    public CompletionStage<Boolean> stop() {
        isStopRequested.set(true);
        ActorSystem<Void> actors = system;
        if (actors != null) {
            CoordinatedShutdown.get(actors).runAll(StopReason.INSTANCE);
        }
        return stopped;
    }

    /** Completes when the node has stopped: true if it was asked to, false if the cluster put it out. */
    public CompletionStage<Boolean> whenStopped() {
        return stopped;
    }

    private void close() {
        RuntimeException failure = closeAll();
        if (failure == null) {
            stopped.complete(isStopRequested.get());
        } else {
            stopped.completeExceptionally(failure);
        }
    }

    private @Nullable RuntimeException closeAll() {
        RuntimeException first = null;
        while (!closers.isEmpty()) {
            try {
                closers.pop().run();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        return first;
    }

    private void abandon() {
        ActorSystem<Void> actors = system;
        if (actors == null) {
            RuntimeException failure = closeAll();
            if (failure != null) {
                LOG.warn("Something could not be closed after a failed start", failure);
            }
            return;
        }
        actors.terminate();
        try {
            stopped.join();
        } catch (CompletionException e) {
            LOG.warn("Something could not be closed after a failed start", e.getCause());
        }
    }

    /** Why a coordinated shutdown runs when somebody asked the node to stop. */
    private enum StopReason implements CoordinatedShutdown.Reason {
        INSTANCE
    }
}
