package io.millrace.node;

import com.typesafe.config.Config;
import io.millrace.channel.ChannelServices;
import io.millrace.edge.http.HttpServer;
import io.millrace.edge.management.NodeReport;
import io.millrace.node.config.ConfigLayers;
import io.millrace.node.config.NodeConfig;
import io.millrace.storage.Storage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the node says about itself at the management endpoint. */
final class NodeStatus implements NodeReport {
    private final String name;
    private final NodeConfig config;
    private final NodeDatabase database;
    private final Storage storage;
    private final ClusterMembership membership;
    private final ChannelServices services;
    private final Executor blocking;
    private final Supplier<CompletionStage<Boolean>> isRegistered;
    private final Instant startedAt = Instant.now();
    private final List<Setting> settings;
    private volatile @Nullable HttpServer api;
    private volatile boolean hasStarted;
    private volatile boolean isStopping;
    private volatile boolean isDatabaseReachable = true;

    /**
     * @param isRegistered tells whether the node can reach channels
     */
    NodeStatus(
            String name,
            Config root,
            NodeConfig config,
            NodeDatabase database,
            Storage storage,
            ClusterMembership membership,
            ChannelServices services,
            Executor blocking,
            Supplier<CompletionStage<Boolean>> isRegistered) {
        this.name = name;
        this.config = config;
        this.database = database;
        this.storage = storage;
        this.membership = membership;
        this.services = services;
        this.blocking = blocking;
        this.isRegistered = isRegistered;
        this.settings = settings(root);
    }

    private static List<Setting> settings(Config root) {
        List<Setting> settings = new ArrayList<>();
        ConfigLayers.report(root)
                .forEach((key, setting) ->
                        settings.add(new Setting(key, setting.value(), setting.source(), setting.isSecret())));
        return settings;
    }

    void api(HttpServer server) {
        api = server;
    }

    void started() {
        hasStarted = true;
    }

    void stopping() {
        isStopping = true;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public Instant startedAt() {
        return startedAt;
    }

    @Override
    public boolean hasStarted() {
        return hasStarted;
    }

    @Override
    public CompletionStage<Readiness> readiness() {
        return isRegistered.get().thenApplyAsync(this::checkedReadiness, blocking);
    }

    private Readiness checkedReadiness(boolean isReachingChannels) {
        Optional<String> trouble = database.trouble().get();
        // A database that is known to be down is not asked, for that would last as long as a connection is waited for.
        isDatabaseReachable = trouble.isEmpty() && storage.isReachable();
        List<String> reasons = new ArrayList<>();
        if (!hasStarted) {
            reasons.add("the node is still starting");
        }
        if (isStopping) {
            reasons.add("the node is stopping");
        }
        if (!membership.isUp()) {
            reasons.add("the node is not a member of the cluster");
        }
        if (!isReachingChannels) {
            reasons.add("the node is not registered for channels yet, so it cannot reach them");
        }
        if (!isDatabaseReachable) {
            reasons.add(trouble.orElse("the database at " + database.address().location() + " does not answer"));
        }
        return new Readiness(reasons.isEmpty(), reasons);
    }

    @Override
    public Database database() {
        return new Database(
                database.isEmbedded() ? "embedded" : "external",
                database.address().location(),
                null,
                isDatabaseReachable,
                storage.connectionsActive(),
                config.storage().poolSize());
    }

    @Override
    public int httpConnections() {
        HttpServer server = api;
        return server == null ? 0 : server.connectionCount();
    }

    @Override
    public Map<String, Object> details() {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("handlers", List.copyOf(services.handlers().names()));
        details.put("handlersMax", services.handlerPermits().limit());
        details.put("dataDirectory", config.data().getFileName().toString());
        details.put("isEveryMemberReachable", membership.isEveryoneReachable());
        details.put("processHost", Map.of("pid", services.processes().hostPid()));
        details.put("enforcement", services.processes().enforcement());
        return details;
    }

    @Override
    public List<Setting> settings() {
        return settings;
    }
}
