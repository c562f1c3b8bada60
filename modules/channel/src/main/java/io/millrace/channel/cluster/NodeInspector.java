package io.millrace.channel.cluster;

import io.millrace.channel.Inspection;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.Restarting;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.serialization.WireMessage;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/**
 * Knows the managers of the channels that live on this node and asks them what they do. One per node; the others find
 * it through the receptionist. It survives a defect with everything it knows: a node that were missing from every list
 * could not be told from one that has nothing.
 */
public final class NodeInspector extends AbstractMatchingBehavior<NodeInspector.Command> {

    /** Messages of the inspector. */
    public sealed interface Command {}

    /** A channel lives here now. It is forgotten when its thread manager ends. */
    public record Register(
            ChannelName channel,
            ActorRef<ThreadManager.Command> threads,
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<CleanupManager.Command> cleanups,
            ActorRef<LockManager.Command> locks)
            implements Command {}

    /** Answers with {@link Threads}. */
    public record ListThreads(ActorRef<Threads> replyTo) implements Command, WireMessage {}

    /** Answers with {@link Resources}. */
    public record ListResources(ActorRef<Resources> replyTo) implements Command, WireMessage {}

    /** Answers with {@link Processes}. */
    public record ListProcesses(ActorRef<Processes> replyTo) implements Command, WireMessage {}

    /** Answers with {@link Cleanups}. */
    public record ListCleanups(ActorRef<Cleanups> replyTo) implements Command, WireMessage {}

    /** Answers with {@link Locks}. */
    public record ListLocks(ActorRef<Locks> replyTo) implements Command, WireMessage {}

    private record Ended(Register channel) implements Command {}

    /** Of one kind, from one node. */
    public sealed interface Items<V> extends WireMessage {
        List<V> items();
    }

    public record Threads(List<Inspection.ThreadView> items) implements Items<Inspection.ThreadView> {
        public Threads {
            items = List.copyOf(items);
        }
    }

    public record Resources(List<Inspection.ResourceView> items) implements Items<Inspection.ResourceView> {
        public Resources {
            items = List.copyOf(items);
        }
    }

    public record Processes(List<Inspection.ProcessView> items) implements Items<Inspection.ProcessView> {
        public Processes {
            items = List.copyOf(items);
        }
    }

    public record Cleanups(List<Inspection.CleanupView> items) implements Items<Inspection.CleanupView> {
        public Cleanups {
            items = List.copyOf(items);
        }
    }

    public record Locks(List<Inspection.LockUse> items) implements Items<Inspection.LockUse> {
        public Locks {
            items = List.copyOf(items);
        }
    }

    static final ServiceKey<Command> SERVICE = ServiceKey.create(Command.class, "millrace-node-inspector");

    private final String node;
    private final Map<ChannelName, Register> channels;

    /** @param node name of this node, as its items show it */
    public static Behavior<Command> create(String node) {
        return Behaviors.setup(_ -> {
            Map<ChannelName, Register> channels = new HashMap<>();
            return Restarting.after(context -> new NodeInspector(context, node, channels));
        });
    }

    private NodeInspector(ActorContext<Command> context, String node, Map<ChannelName, Register> channels) {
        super(context);
        this.node = node;
        this.channels = channels;
        context.getSystem().receptionist().tell(Receptionist.register(SERVICE, context.getSelf()));
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Register channel -> onRegister(channel);
            case Ended(var channel) -> channels.remove(channel.channel(), channel);
            case ListThreads(var replyTo) ->
                gather(
                        managers(Register::threads),
                        ThreadManager.Threads.class,
                        ThreadManager.Snapshot::new,
                        (_, threads) -> threads.threads(),
                        items -> replyTo.tell(new Threads(items)));
            case ListResources(var replyTo) ->
                gather(
                        managers(Register::resources),
                        ResourceManager.Resources.class,
                        ResourceManager.Snapshot::new,
                        (_, resources) -> resources.types(),
                        items -> replyTo.tell(new Resources(NamedHolders.bounded(items))));
            case ListProcesses(var replyTo) ->
                gather(
                        managers(Register::processes),
                        ProcessManager.Processes.class,
                        ProcessManager.Snapshot::new,
                        (_, processes) -> processes.processes(),
                        items -> replyTo.tell(new Processes(items)));
            case ListCleanups(var replyTo) ->
                gather(
                        managers(Register::cleanups),
                        CleanupManager.Cleanups.class,
                        CleanupManager.Snapshot::new,
                        (_, cleanups) -> cleanups.runs(),
                        items -> replyTo.tell(new Cleanups(items)));
            case ListLocks(var replyTo) ->
                gather(
                        managers(Register::locks),
                        ManagerReply.class,
                        LockManager.ListLocks::new,
                        this::locks,
                        items -> replyTo.tell(new Locks(items)));
        }
        return this;
    }

    private void onRegister(Register channel) {
        getContext().watchWith(channel.threads(), new Ended(channel));
        channels.put(channel.channel(), channel);
    }

    private <C> Map<ChannelName, ActorRef<C>> managers(Function<Register, ActorRef<C>> manager) {
        Map<ChannelName, ActorRef<C>> managers = new HashMap<>();
        channels.forEach((channel, register) -> managers.put(channel, manager.apply(register)));
        return managers;
    }

    private List<Inspection.LockUse> locks(ChannelName channel, ManagerReply reply) {
        return reply instanceof LockManager.Listed(var locks)
                ? locks.stream()
                        .map(lock -> Inspection.LockUse.of(node, channel, lock))
                        .toList()
                : List.of();
    }

    private <C, S, V> void gather(
            Map<ChannelName, ActorRef<C>> managers,
            Class<S> snapshotType,
            Function<ActorRef<S>, C> request,
            BiFunction<ChannelName, S, List<V>> items,
            Consumer<List<V>> reply) {
        getContext().spawnAnonymous(Gathering.create(managers, snapshotType, request, items, reply));
    }
}
