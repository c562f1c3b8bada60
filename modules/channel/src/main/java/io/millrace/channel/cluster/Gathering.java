package io.millrace.channel.cluster;

import io.millrace.contracts.ChannelName;
import java.time.Duration;
import java.util.ArrayList;
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

/** Asks many managers of one node for a snapshot and hands over everything that came in time; then it ends. */
final class Gathering<V> extends AbstractMatchingBehavior<Gathering.Event<V>> {

    sealed interface Event<V> {}

    private record Snapshot<V>(List<V> items) implements Event<V> {
        Snapshot {
            items = List.copyOf(items);
        }
    }

    private record TimeIsUp<V>() implements Event<V> {}

    /** Managers answer from memory; one that takes longer is busier than a list is worth. */
    static final Duration TIME = Duration.ofSeconds(1);

    /** Items of one node; they fit one message between nodes. */
    static final int ITEMS_MAX = 2_000;

    private final Consumer<List<V>> reply;
    private final List<V> items = new ArrayList<>();
    private int missing;

    static <C, S, V> Behavior<Event<V>> create(
            Map<ChannelName, ActorRef<C>> managers,
            Class<S> snapshotType,
            Function<ActorRef<S>, C> request,
            BiFunction<ChannelName, S, List<V>> items,
            Consumer<List<V>> reply) {
        Map<ChannelName, ActorRef<C>> asked = Map.copyOf(managers);
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startSingleTimer(new TimeIsUp<>(), TIME);
            asked.forEach((channel, manager) -> context.ask(
                    snapshotType,
                    manager,
                    TIME,
                    request::apply,
                    (snapshot, _) -> new Snapshot<>(snapshot == null ? List.of() : items.apply(channel, snapshot))));
            Gathering<V> gathering = new Gathering<>(context, asked.size(), reply);
            return asked.isEmpty() ? gathering.handOver() : gathering;
        }));
    }

    private Gathering(ActorContext<Event<V>> context, int managers, Consumer<List<V>> reply) {
        super(context);
        this.missing = managers;
        this.reply = reply;
    }

    @Override
    public Behavior<Event<V>> onMessage(Event<V> event) {
        return switch (event) {
            case Snapshot<V>(var more) -> onSnapshot(more);
            case TimeIsUp<V> _ -> handOver();
        };
    }

    private Behavior<Event<V>> onSnapshot(List<V> more) {
        items.addAll(more.subList(0, Math.min(more.size(), ITEMS_MAX - items.size())));
        missing--;
        return missing == 0 || items.size() >= ITEMS_MAX ? handOver() : this;
    }

    private Behavior<Event<V>> handOver() {
        reply.accept(List.copyOf(items));
        return Behaviors.stopped();
    }
}
