package io.millrace.channel;

import io.millrace.channel.process.ProcessRunner;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a node takes a channel over: under its own name, with what its process host has of the channel's running attempts.
 *
 * @param node name of the node
 * @param processes of the node
 */
record OwnershipClaim(ChannelName channel, String node, ProcessRunner processes) {

    static OwnershipClaim of(ChannelName channel, ChannelServices services) {
        return new OwnershipClaim(channel, services.node(), services.processes());
    }

    /** The claim to a channel as its journal has it. */
    ChannelCommand.TakeOwnership on(LiveChannel live) {
        List<AttemptId> running = live.running().stream()
                .filter(job -> job.submitted().kind() == JobKind.PROCESS)
                .map(AttemptId::of)
                .toList();
        Set<Long> held =
                processes.left(channel, running).stream().map(AttemptId::epoch).collect(Collectors.toSet());
        return new ChannelCommand.TakeOwnership(node, processes.hostId(), held);
    }
}
