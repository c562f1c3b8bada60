package io.millrace.node;

import io.millrace.api.v1.JsonValueCodec;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Instruments;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.channel.handler.Handlers;
import io.millrace.host.limits.ControlGroups;
import io.millrace.channel.process.ProcessRunner;
import io.millrace.channel.thread.HandlerPermits;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.node.config.NodeConfig;
import io.millrace.storage.Storage;
import java.io.IOException;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Puts together what the channels of a node share. */
final class NodeServices {
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
        ProcessRunner processes = processes(config, blocking, instruments);
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
                storage.readModel(),
                storage.logArchive(),
                blocking,
                instruments,
                new HandleSeals(storage.handleKey().load()),
                config.stackSizes(),
                config.resources(),
                http);
    }

    private static ProcessRunner processes(NodeConfig config, Executor blocking, Instruments instruments) {
        try {
            ControlGroups groups = ControlGroups.find(config.data(), config.controlGroups());
            return ProcessRunner.start(config.data(), groups, blocking, instruments);
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
