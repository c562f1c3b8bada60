package io.millrace.channel.resource;

import io.millrace.channel.Instruments;
import io.millrace.channel.resource.buffer.BufferMemory;
import io.millrace.channel.resource.buffer.BufferPools;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.ResourceType;
import io.millrace.domain.Limits;
import io.millrace.domain.resource.ResourceWish;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has for all its channels together (contract rows ): the limits of the node and the memory of
 * the buffers. One per node. The resource manager of a channel asks it for what the channel's own limits allow.
 *
 * <p>There is one line per type over all channels. A wish that was short of a type once is not passed there by later ones.
 *
 * <p>What a manager held that is gone, and with it everybody who could give it back, is taken back at once.
 */
public final class NodeResources extends AbstractMatchingBehavior<NodeResources.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(NodeResources.class);
    private static final String COMPONENT = "NodeResources";
    /** How often memory that nobody used for a while is looked for. */
    private static final Duration TRIM_INTERVAL = Duration.ofSeconds(10);

    private final NodeAccounts<ActorRef<Answer>> accounts;
    private final Map<ActorRef<Answer>, Client> clients;
    /** Wishes that wait, in the order in which they came. */
    private final Map<Ticket, Waiting> waiting;

    private final Instruments instruments;
    private final TimerScheduler<Command> timers;
    private long shownCommitted;
    private long shownInUse;

    /** Messages of the node's resources. Memory goes with them, so they stay within the node. */
    public sealed interface Command {}

    /**
     * Grant a wish whole. Answered with {@link Taken}, {@link Refused}, or with {@link Waits} first.
     *
     * @param manager what it takes is taken back when this actor is gone
     */
    public record Take(
            ChannelName channel, ResourceWish wish, ActorRef<ResourceManager.Command> manager, ActorRef<Answer> replyTo)
            implements Command {}

    /** Forget a wish, or take back what it was granted. Not answered. */
    public record Withdraw(ResourceWish wish, ActorRef<Answer> replyTo) implements Command {}

    /** Take these back, together. Answered with {@link Returned}, and again for what came back later. */
    public record GiveBack(List<String> resources, ActorRef<Answer> replyTo) implements Command {
        public GiveBack {
            resources = List.copyOf(resources);
        }
    }

    /**
     * Who was granted this memory?
     *
     * @param client under which the channel is charged
     */
    public record Audit(Map<String, BufferMemory> claimed, ActorRef<Answer> client, ActorRef<Audited> replyTo)
            implements Command {
        public Audit {
            claimed = Map.copyOf(claimed);
        }
    }

    /** What is in use on the node. */
    public record ShowFigures(ActorRef<NodeFigures> replyTo) implements Command {}

    /** Answers to a resource manager. */
    public sealed interface Answer {}

    /**
     * The wish is granted.
     *
     * @param buffers memory of its buffers by identifier
     * @param reused identifiers of those that had been used before
     */
    public record Taken(long wish, Map<String, BufferMemory> buffers, Set<String> reused) implements Answer {
        public Taken {
            buffers = Map.copyOf(buffers);
            reused = Set.copyOf(reused);
        }
    }

    /** The node has too little now; the wish has its place in line. */
    public record Waits(long wish, String why) implements Answer {}

    /** The node cannot grant it, now or ever. */
    public record Refused(long wish, Problem problem) implements Answer {}

    /**
     * These are back.
     *
     * @param accessed that somebody still accesses, so that they come back later
     */
    public record Returned(List<String> resources, List<String> accessed) implements Answer {
        public Returned {
            resources = List.copyOf(resources);
            accessed = List.copyOf(accessed);
        }
    }

    /**
     * What the node knows of somebody's resources.
     *
     * @param charged identifiers the node charges them with
     * @param foreign by identifier, whose memory it is that they claim as theirs; empty in a sound channel
     * @param unaccountedBytes of buffers that the node's pools count as not back and no channel is charged with; 0 in a
     *     sound node
     */
    public record Audited(Set<String> charged, Map<String, String> foreign, long unaccountedBytes) {
        public Audited {
            charged = Set.copyOf(charged);
            foreign = Map.copyOf(foreign);
        }
    }

    private record ManagerGone(ActorRef<Answer> client) implements Command {}

    private enum RetryReturns implements Command {
        INSTANCE
    }

    private enum Trim implements Command {
        INSTANCE
    }

    /** A channel that holds or wants something. */
    private record Client(ChannelName channel, ActorRef<ResourceManager.Command> manager) {}

    private record Ticket(ActorRef<Answer> client, long wish) {}

    /** A wish in line, and the types it was short of. */
    private record Waiting(ResourceWish wish, Set<ResourceType> lines) {}

    /** One per node. Restarts itself after a defect; what is granted stays granted, and who waits goes on waiting. */
    public static Behavior<Command> create(NodeLimits limits, Instruments instruments) {
        return Behaviors.setup(_ -> create(limits, new BufferPools(limits.bufferBytes()), instruments));
    }

    /** With other memory than the system's. */
    static Behavior<Command> create(NodeLimits limits, BufferPools pools, Instruments instruments) {
        return Behaviors.setup(_ -> {
            NodeAccounts<ActorRef<Answer>> accounts = new NodeAccounts<>(limits, pools);
            Map<ActorRef<Answer>, Client> clients = new HashMap<>();
            Map<Ticket, Waiting> waiting = new LinkedHashMap<>();
            Behavior<Command> behavior = Behaviors.setup(context -> Behaviors.withTimers(
                    timers -> new NodeResources(context, timers, accounts, clients, waiting, instruments)));
            return Behaviors.supervise(behavior)
                    .onFailure(SupervisorStrategy.restart().withStopChildren(false));
        });
    }

    private NodeResources(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            NodeAccounts<ActorRef<Answer>> accounts,
            Map<ActorRef<Answer>, Client> clients,
            Map<Ticket, Waiting> waiting,
            Instruments instruments) {
        super(context);
        this.timers = timers;
        this.accounts = accounts;
        this.clients = clients;
        this.waiting = waiting;
        this.instruments = instruments;
        timers.startTimerWithFixedDelay(Trim.INSTANCE, TRIM_INTERVAL);
        clients.forEach((client, of) -> context.watchWith(of.manager(), new ManagerGone(client)));
        retryLater();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Take take -> onTake(take);
            case Withdraw(var wish, var client) -> onWithdraw(wish, client);
            case GiveBack(var resources, var client) -> onGiveBack(resources, client);
            case Audit(var claimed, var client, var replyTo) -> replyTo.tell(audited(claimed, client));
            case ShowFigures(var replyTo) -> replyTo.tell(NodeFigures.of(accounts, waiting.size()));
            case ManagerGone(var client) -> onManagerGone(client);
            case RetryReturns.INSTANCE -> onRetryReturns();
            case Trim.INSTANCE -> accounts.pools().trim(System.nanoTime());
        }
        showMemory();
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal == PostStop.instance() || signal == PreRestart.instance()) {
            instruments.bufferBytesCommitted().add(-shownCommitted);
            instruments.bufferBytesInUse().add(-shownInUse);
        }
        if (signal == PostStop.instance()) {
            accounts.pools().close();
        }
        return this;
    }

    // Granting

    private void onTake(Take take) {
        register(take);
        ResourceWish wish = take.wish();
        ActorRef<Answer> client = take.replyTo();
        Map<ResourceType, Long> amounts = NodeAccounts.amounts(wish);
        Optional<ResourceType> never = amounts.keySet().stream()
                .filter(type -> !accounts.canEverFit(type, amounts.getOrDefault(type, 0L)))
                .findFirst();
        if (never.isPresent()) {
            client.tell(new Refused(wish.number(), tooMuch(never.get(), amounts.getOrDefault(never.get(), 0L))));
            return;
        }
        Waiting candidate = new Waiting(wish, EnumSet.noneOf(ResourceType.class));
        candidate.lines().addAll(shortOf(candidate, waiting.values()));
        if (candidate.lines().isEmpty()) {
            grant(client, wish);
        } else if (wish.waitNanos() == 0) {
            ResourceType type = candidate.lines().iterator().next();
            client.tell(new Refused(wish.number(), notNow(type, amounts.getOrDefault(type, 0L))));
        } else {
            waiting.put(new Ticket(client, wish.number()), candidate);
            client.tell(
                    new Waits(wish.number(), why(candidate.lines().iterator().next())));
        }
    }

    private void register(Take take) {
        if (clients.putIfAbsent(take.replyTo(), new Client(take.channel(), take.manager())) == null) {
            getContext().watchWith(take.manager(), new ManagerGone(take.replyTo()));
        }
    }

    private Set<ResourceType> shortOf(Waiting candidate, Iterable<Waiting> before) {
        Set<ResourceType> shortOf = EnumSet.noneOf(ResourceType.class);
        NodeAccounts.amounts(candidate.wish()).forEach((type, amount) -> {
            if (!accounts.fits(type, amount)) {
                shortOf.add(type);
            }
            for (Waiting other : before) {
                if (other.lines().contains(type)) {
                    shortOf.add(type);
                }
            }
        });
        return shortOf;
    }

    private void grant(ActorRef<Answer> client, ResourceWish wish) {
        try {
            NodeAccounts.Grant grant = accounts.take(client, wish);
            client.tell(new Taken(wish.number(), grant.buffers(), Set.copyOf(grant.reused())));
        } catch (MillraceException e) {
            LOG.warn("The system has no memory for a buffer of channel {}.", channelOf(client), e);
            client.tell(new Refused(wish.number(), e.problem()));
        }
    }

    private void serve() {
        List<Waiting> before = new ArrayList<>();
        for (var entry : List.copyOf(waiting.entrySet())) {
            Waiting candidate = entry.getValue();
            Set<ResourceType> shortOf = shortOf(candidate, before);
            if (shortOf.isEmpty()) {
                waiting.remove(entry.getKey());
                grant(entry.getKey().client(), candidate.wish());
            } else {
                candidate.lines().addAll(shortOf);
                before.add(candidate);
            }
        }
    }

    // Taking back

    private void onWithdraw(ResourceWish wish, ActorRef<Answer> client) {
        if (waiting.remove(new Ticket(client, wish.number())) == null) {
            // The grant and the withdrawal crossed.
            accounts.giveBack(
                    client, wish.parts().stream().map(ResourceWish.Part::id).toList());
            retryLater();
        }
        serve();
    }

    private void onGiveBack(List<String> resources, ActorRef<Answer> client) {
        List<String> back = accounts.giveBack(client, resources);
        List<String> accessed = new ArrayList<>(resources);
        accessed.removeAll(back);
        client.tell(new Returned(back, accessed));
        retryLater();
        serve();
    }

    private void retryLater() {
        if (accounts.isAnythingReturning() && !timers.isTimerActive(RetryReturns.INSTANCE)) {
            timers.startSingleTimer(RetryReturns.INSTANCE, Limits.BUFFER_RETURN_INTERVAL);
        }
    }

    private void onRetryReturns() {
        accounts.retry().forEach((client, back) -> client.tell(new Returned(back, List.of())));
        retryLater();
        serve();
    }

    private void onManagerGone(ActorRef<Answer> client) {
        ChannelName channel = channelOf(client);
        waiting.keySet().removeIf(ticket -> ticket.client().equals(client));
        int reclaimed = accounts.reclaim(client);
        clients.remove(client);
        if (reclaimed > 0) {
            instruments.resourcesReclaimed(reclaimed);
            LOG.info(
                    "Took back {} resources of channel {}, whose resource manager has ended without giving them back.",
                    reclaimed,
                    channel);
        }
        retryLater();
        serve();
    }

    private ChannelName channelOf(ActorRef<Answer> client) {
        Client of = clients.get(client);
        return of == null ? ChannelName.DEFAULT : of.channel();
    }

    // Showing

    private Audited audited(Map<String, BufferMemory> claimed, ActorRef<Answer> client) {
        Map<String, String> foreign = new HashMap<>();
        claimed.forEach((id, memory) -> {
            var owner = accounts.ownerOf(memory.address());
            if (owner.isEmpty()) {
                foreign.put(id, "memory that is granted to nobody");
            } else if (!owner.get().getKey().equals(client)) {
                foreign.put(
                        id,
                        "memory of channel '" + channelOf(owner.get().getKey()) + "', resource "
                                + owner.get().getValue());
            } else if (!owner.get().getValue().equals(id)) {
                foreign.put(id, "memory of resource " + owner.get().getValue() + " of the same channel");
            }
        });
        return new Audited(accounts.chargedTo(client), foreign, accounts.unaccountedBytes());
    }

    private void showMemory() {
        long committed = accounts.pools().committedBytes();
        long inUse = accounts.inUse(ResourceType.BUFFER);
        instruments.bufferBytesCommitted().add(committed - shownCommitted);
        instruments.bufferBytesInUse().add(inUse - shownInUse);
        shownCommitted = committed;
        shownInUse = inUse;
    }

    private static String why(ResourceType type) {
        return "waits until the node has enough of resource '" + type.wireName() + "', which all its channels share";
    }

    private Problem tooMuch(ResourceType type, long requested) {
        return limit(
                type,
                requested,
                requested + " of resource '" + type.wireName() + "' was asked for at once, and the node may hold "
                        + accounts.limit(type) + " over all channels. Ask for less, or raise millrace.resources."
                        + type.wireName() + " in the node's configuration.");
    }

    private Problem notNow(ResourceType type, long requested) {
        return limit(
                type,
                requested,
                "The node has too little of resource '" + type.wireName() + "' now: " + accounts.inUse(type) + " of "
                        + accounts.limit(type) + " are in use over all its channels. Wait by asking with a timeout, or "
                        + "raise millrace.resources." + type.wireName() + " in the node's configuration.");
    }

    private Problem limit(ResourceType type, long requested, String detail) {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                COMPONENT,
                detail,
                Map.of(
                        "type", type.wireName(),
                        "requested", requested,
                        "limit", accounts.limit(type),
                        "inUse", accounts.inUse(type)));
    }
}
