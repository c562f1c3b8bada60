package io.millrace.node;

import io.millrace.api.v1.JsonValueCodec;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Instruments;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.channel.handler.Handlers;
import io.millrace.channel.process.ProcessRunner;
import io.millrace.channel.thread.HandlerPermits;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.host.ProcessHost;
import io.millrace.host.client.CompanionSettings;
import io.millrace.host.client.RemoteProcessHost;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.sandbox.WorkPlace;
import io.millrace.host.supervise.HostId;
import io.millrace.host.supervise.LocalProcessHost;
import io.millrace.host.tree.OtherChildren;
import io.millrace.node.config.NodeConfig;
import io.millrace.node.config.ProcessSettings;
import io.millrace.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together what the channels of a node share. */
final class NodeServices {
    private static final Logger LOG = LoggerFactory.getLogger(NodeServices.class);

    private NodeServices() {}

    /**
     * @param closers gets what has to be closed when the node stops
     */
    static ChannelServices of(
            NodeConfig config,
            String name,
            Storage storage,
            Executor blocking,
            Instruments instruments,
            Deque<Runnable> closers) {
        ProcessRunner processes = processes(config, blocking, instruments, closers);
        closers.push(processes::close);
        OutgoingHttp http = new OutgoingHttp(blocking);
        closers.push(http::close);
        return new ChannelServices(
                name,
                config.data(),
                new JsonValueCodec(),
                Handlers.load(config.handlersDirectory()),
                new HandlerPermits(config.handlersMax()),
                processes,
                config.processes().lease(),
                storage.readModel(),
                storage.logArchive(),
                blocking,
                instruments,
                new HandleSeals(storage.handleKey().load()),
                config.stackSizes(),
                config.resources(),
                http);
    }

    /** What an earlier life of the node left running, and must not run any more, is ended by then. */
    private static ProcessHost host(NodeConfig config, Instruments instruments) throws IOException {
        ProcessSettings settings = config.processes();
        return switch (settings.host()) {
            case COMPANION ->
                RemoteProcessHost.start(
                        new CompanionSettings(
                                config.data(), settings.controlGroups(), settings.sandbox(), settings.limits(), true),
                        instruments::processHostReplaced);
            case NONE ->
                LocalProcessHost.start(
                        hostDirectory(config),
                        ControlGroups.find(config.data(), settings.controlGroups()),
                        OtherChildren.POSSIBLE,
                        Sandbox.of(settings.sandbox().hiding(config.data())),
                        settings.limits());
        };
    }

    private static Map<String, String> inherited(List<String> names) {
        Map<String, String> inherited = new HashMap<>();
        for (String name : names) {
            String value = System.getenv(name);
            if (value != null) {
                inherited.put(name, value);
            }
        }
        return inherited;
    }

    private static Path hostDirectory(NodeConfig config) {
        return config.data().resolve("host");
    }

    private static ProcessRunner processes(
            NodeConfig config, Executor blocking, Instruments instruments, Deque<Runnable> closers) {
        try {
            ProcessHost host = host(config, instruments);
            String hostId = HostId.of(hostDirectory(config)).value();
            Path work = WorkPlace.of(
                    config.data(), hostId, config.processes().sandbox().user());
            closers.push(() -> WorkPlace.leave(work, config.data()));
            LOG.info("Commands are isolated and limited as follows: {}", host.enforcement());
            return ProcessRunner.start(host, work, inherited(config.processes().environment()), blocking, instruments);
        } catch (IOException e) {
            throw Problem.of(
                            ErrorCode.UNAVAILABLE,
                            "Node",
                            "The node cannot start processes: " + e.getMessage()
                                    + ". Check that the data directory " + config.data()
                                    + " is writable and that /bin/sh exists.")
                    .asException();
        }
    }
}
