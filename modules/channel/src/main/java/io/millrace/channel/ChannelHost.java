package io.millrace.channel;

import io.millrace.channel.cluster.NodeInspector;
import io.millrace.channel.incident.IncidentReporter;
import io.millrace.channel.log.LogWriter;
import io.millrace.channel.projection.ReadModelWriter;
import io.millrace.channel.resource.NodeResources;
import java.time.InstantSource;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The node as its channels see it.
 *
 * @param managers starts what does a channel's work
 * @param nodeResources what the node has for all its channels together
 * @param resourceIds identifiers of resources
 * @param cleanupCoordinator looks at cleanup tasks of all channels
 * @param incidents takes what a person has to look after
 * @param clock wall-clock time, for what is stored and shown and for deadlines that users gave
 */
record ChannelHost(
        ChannelServices services,
        ChannelJournal journal,
        ManagerStarter managers,
        InstantSource clock,
        ActorRef<ReadModelWriter.Command> readModelWriter,
        ActorRef<LogWriter.Command> logWriter,
        ActorRef<NodeResources.Command> nodeResources,
        JobIds resourceIds,
        CleanupCoordinator cleanupCoordinator,
        ActorRef<NodeInspector.Command> inspector,
        ActorRef<IncidentReporter.Command> incidents) {}
