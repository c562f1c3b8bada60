package io.millrace.channel;

import io.millrace.channel.handle.HandleSeals;
import io.millrace.channel.handler.Handlers;
import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.process.ProcessRunner;
import io.millrace.channel.resource.NodeLimits;
import io.millrace.channel.thread.HandlerPermits;
import io.millrace.channel.thread.StackSizes;
import io.millrace.contracts.ValueCodec;
import io.millrace.domain.port.LogArchive;
import io.millrace.domain.port.ReadModel;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * What the channels of a node share. Everything in it may be used from any thread.
 *
 * @param node name of the node, as it is shown to users
 * @param dataDirectory the node's own directory; work directories and process records lie below it
 * @param codec reads specifications and writes results
 * @param handlers handlers known to the node
 * @param handlerPermits the node's cap on handler attempts that run at the same time
 * @param processes starts operating system processes and ends them with the node
 * @param processLease how long a process runs on after its node was last certain to own its channel
 * @param readModel lists and history
 * @param logArchive durable output
 * @param blocking runs database and file work; its threads may block
 * @param instruments the node's counters
 * @param seals makes handles and recognises those of this cluster
 * @param stackSizes of handler threads that do not ask for one
 * @param nodeLimits what all channels of the node may hold together
 * @param http sends requests that users describe
 */
public record ChannelServices(
        String node,
        Path dataDirectory,
        ValueCodec codec,
        Handlers handlers,
        HandlerPermits handlerPermits,
        ProcessRunner processes,
        ProcessLease processLease,
        ReadModel readModel,
        LogArchive logArchive,
        Executor blocking,
        Instruments instruments,
        HandleSeals seals,
        StackSizes stackSizes,
        NodeLimits nodeLimits,
        HttpCalls http) {}
