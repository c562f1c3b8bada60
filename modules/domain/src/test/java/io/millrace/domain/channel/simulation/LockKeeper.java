package io.millrace.domain.channel.simulation;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The lock manager of one life of an owner: grants and ends leases at random by an account of its own, which begins with
 * what is stored. Its reports take their time, so some arrive when another life has begun, or another channel.
 */
final class LockKeeper {
    private static final List<LockName> LOCKS = List.of(new LockName("a"), new LockName("b"), new LockName("c"));

    private final Node node;
    private final Simulation simulation;
    private final SeededRandom random;
    private final long incarnation;
    private final Map<LockName, Long> held = new HashMap<>();
    private final ArrayDeque<Consumer<ChannelOwner>> sent = new ArrayDeque<>();
    private final long delayMillis;

    private long lastToken;
    private boolean isStopped;

    LockKeeper(Node node, Simulation simulation, LiveChannel channel) {
        this.node = node;
        this.simulation = simulation;
        this.random = simulation.random();
        this.incarnation = channel.incarnation();
        this.delayMillis = random.between(1, 1_500);
        this.lastToken = channel.lastToken();
        if (simulation.flaw() != Flaw.FORGETS_LEASES) {
            channel.leases().forEach(lease -> held.put(lease.lock(), lease.token()));
        }
    }

    void start() {
        node.after(random.between(50, 1_500), this::act);
    }

    void stop() {
        isStopped = true;
    }

    /** The channel is gone. */
    void forgetAll() {
        held.clear();
        toOwner(ChannelOwner::locksForgotten);
    }

    private void act() {
        if (isStopped) {
            return;
        }
        LockName lock = random.oneOf(LOCKS);
        Long token = held.remove(lock);
        if (token != null) {
            report(new LockChange.Released(lock, token, random.oneOf(List.of(LockChange.Reason.values()))));
        } else if (simulation.hasFaults()) {
            held.put(lock, ++lastToken);
            report(new LockChange.Granted(lease(lock)));
        }
        start();
    }

    private HeldLease lease(LockName lock) {
        return new HeldLease(
                lock,
                Owner.named("somebody"),
                lastToken,
                null,
                30_000,
                node.clockMillis(),
                incarnation,
                node.name(),
                null);
    }

    private void report(LockChange change) {
        toOwner(owner -> owner.locksChanged(incarnation, change));
    }

    private void toOwner(Consumer<ChannelOwner> message) {
        sent.add(message);
        node.after(delayMillis, this::deliverNext);
    }

    /** In order, whatever a pause of the node does; to whoever owns the channel there by then. */
    private void deliverNext() {
        Consumer<ChannelOwner> message = sent.remove();
        ChannelOwner owner = node.owner();
        if (owner != null) {
            message.accept(owner);
        }
    }
}
