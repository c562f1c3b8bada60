package io.millrace.channel;

import io.millrace.channel.cluster.ChannelWaker;
import io.millrace.channel.cluster.ClusterInspection;
import io.millrace.channel.cluster.NodeInspector;
import io.millrace.channel.incident.ClusterIncidents;
import io.millrace.channel.incident.IncidentManager;
import io.millrace.channel.incident.IncidentReporter;
import io.millrace.channel.log.LogWriter;
import io.millrace.channel.projection.ReadModelWriter;
import io.millrace.channel.resource.NodeResources;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.incident.Incidents;
import io.millrace.domain.Limits;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.ClusterShardingHealthCheck;
import org.apache.pekko.cluster.sharding.typed.HashCodeMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityContext;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.SingletonActor;
import scala.jdk.javaapi.FutureConverters;

/** Starts everything a node needs to own and to reach channels. */
public final class ChannelSystem {
    private static final Set<MemberStatus> TAKING_OVER =
            Set.of(MemberStatus.joining(), MemberStatus.weaklyUp(), MemberStatus.up());

    private final ActorSystem<?> system;
    private final Channels channels;
    private final Inspection inspection;
    private final Incidents incidents;
    private final ActorRef<LogWriter.Command> logWriter;
    private final ClusterShardingHealthCheck registration;

    private ChannelSystem(
            ActorSystem<?> system,
            Channels channels,
            Inspection inspection,
            Incidents incidents,
            ActorRef<LogWriter.Command> logWriter) {
        this.system = system;
        this.channels = channels;
        this.inspection = inspection;
        this.incidents = incidents;
        this.logWriter = logWriter;
        this.registration = new ClusterShardingHealthCheck(system.classicSystem());
    }

    /**
     * Registers the node for sharding and starts its node-level actors. Call once per actor system, which must be
     * configured with {@code millrace-pekko.conf}.
     *
     * @throws IllegalStateException if a setting that a promise rests on has another value
     */
    public static ChannelSystem start(ActorSystem<?> system, ChannelServices services, ChannelJournal journal) {
        return start(system, services, journal, ManagerStarter::startAll);
    }

    static ChannelSystem start(
            ActorSystem<?> system, ChannelServices services, ChannelJournal journal, ManagerStarter managers) {
        PromisedSettings.check(system.settings().config());
        ClusterSharding sharding = ClusterSharding.get(system);
        ActorRef<IncidentManager.Command> incidentManager = incidentManager(system, services.instruments());
        ShardedChannels channels = new ShardedChannels(new ChannelCalls(sharding, system.executionContext()), services);
        ChannelHost host = new ChannelHost(
                services,
                journal,
                managers,
                InstantSource.system(),
                system.systemActorOf(ReadModelWriter.create(services), "read-model-writer", Props.empty()),
                system.systemActorOf(LogWriter.create(services), "log-writer", Props.empty()),
                system.systemActorOf(
                        MessageTimes.measured(
                                NodeResources.create(services.nodeLimits(), services.instruments()),
                                services.instruments()),
                        "node-resources",
                        Props.empty()),
                JobIds.system(),
                new CleanupCoordinator(channels.cleanups()::describe),
                system.systemActorOf(NodeInspector.create(services.node()), "node-inspector", Props.empty()),
                system.systemActorOf(
                        IncidentReporter.create(incidentManager, services.instruments()),
                        "incident-reporter",
                        Props.empty()));
        SingletonActor<ChannelWaker.Command> singleton = SingletonActor.of(
                        ChannelWaker.create(services.readModel(), services.blocking(), channels::wake), "channel-waker")
                .withStopMessage(ChannelWaker.Stop.INSTANCE);
        // Asked again, it is the same waker. It starts after sharding, which it uses from its first moment on.
        Supplier<ActorRef<ChannelWaker.Command>> waker =
                () -> ClusterSingleton.get(system).init(singleton);
        initSharding(system, sharding, host, waker);
        var _ = waker.get();
        return new ChannelSystem(
                system,
                channels,
                new ClusterInspection(system, host.inspector()),
                new ClusterIncidents(incidentManager, system.scheduler()),
                host.logWriter());
    }

    /** The way to it, wherever it is. */
    private static ActorRef<IncidentManager.Command> incidentManager(ActorSystem<?> system, Instruments instruments) {
        return ClusterSingleton.get(system)
                .init(SingletonActor.of(
                                IncidentManager.create(InstantSource.system(), UUID::randomUUID, instruments),
                                "incident-manager")
                        .withStopMessage(IncidentManager.Stop.INSTANCE));
    }

    private static void initSharding(
            ActorSystem<?> system,
            ClusterSharding sharding,
            ChannelHost host,
            Supplier<ActorRef<ChannelWaker.Command>> waker) {
        int shards = system.settings().config().getInt("millrace.channel.shards");
        sharding.init(Entity.of(
                        Channel.TYPE_KEY,
                        entity -> MessageTimes.measured(
                                Channel.create(
                                        new ChannelName(entity.getEntityId()), host, home(system, entity, waker)),
                                host.services().instruments()))
                .withStopMessage(Channel.HandOff.INSTANCE)
                .withMessageExtractor(new HashCodeMessageExtractor<>(shards)));
    }

    private static ChannelHome home(
            ActorSystem<?> system,
            EntityContext<Channel.Command> entity,
            Supplier<ActorRef<ChannelWaker.Command>> waker) {
        return new ChannelHome() {
            @Override
            public void leave(ActorRef<Channel.Command> channel) {
                entity.getShard().tell(new ClusterSharding.Passivate<>(channel));
            }

            @Override
            public boolean isOnlyNode() {
                return isAlone(system);
            }

            @Override
            public void wakeAgain() {
                waker.get().tell(new ChannelWaker.WakeSoon(new ChannelName(entity.getEntityId())));
            }
        };
    }

    /** Nodes that are leaving take nothing over any more. */
    private static boolean isAlone(ActorSystem<?> system) {
        Cluster cluster = Cluster.get(system);
        return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
                .filter(member -> !member.address().equals(cluster.selfMember().address()))
                .noneMatch(member -> TAKING_OVER.contains(member.status()));
    }

    /** The way into every channel of the cluster. */
    public Channels channels() {
        return channels;
    }

    /** The incidents of the cluster. */
    public Incidents incidents() {
        return incidents;
    }

    /** What runs where. */
    public Inspection inspection() {
        return inspection;
    }

    /**
     * Tells whether this node can reach channels: its shard region has been registered with the coordinator that knows
     * where every channel is. Once that was so it stays true, because the coordinator moves with its node, and all nodes
     * would fail a probe together meanwhile.
     *
     * @return completes within {@code pekko.cluster.sharding.healthcheck.timeout}, with false if there was no answer
     */
    public CompletionStage<Boolean> isRegistered() {
        return FutureConverters.asJava(registration.apply()).thenApply(Boolean.TRUE::equals);
    }

    /** Completes once every line of output that was taken in is durable. For the end of a node, after its channels left. */
    public CompletionStage<?> drainLogs() {
        return AskPattern.<LogWriter.Command, LogWriter.Drained>ask(
                logWriter, LogWriter.Drain::new, Limits.STOP_GRACE, system.scheduler());
    }
}
