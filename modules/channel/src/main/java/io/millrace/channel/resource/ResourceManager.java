package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.Restarting;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Accounts for what the attempts of one channel hold (contract rows ). Grants everything an attempt declares
 * or lets it wait in line; nothing is granted in part. What cannot be granted ever is refused at once.
 */
public final class ResourceManager extends AbstractMatchingBehavior<ResourceManager.Command> {
    private final ChannelName channel;
    private final ChannelServices services;
    private final Accounts accounts;

    /** Messages of the resource manager. */
    public sealed interface Command {}

    /** Grant all of these to an attempt or let it wait its turn. Asking again changes nothing and is answered again. */
    public record Acquire(AttemptId attempt, List<ResourceRequest> requests, ActorRef<Answer> replyTo)
            implements Command {
        public Acquire {
            requests = List.copyOf(requests);
        }
    }

    /** Take back whatever an attempt holds or waits for. */
    public record Release(AttemptId attempt, ActorRef<Released> replyTo) implements Command {}

    /** Follow changed limits. What is granted stays granted, even above a lowered limit. */
    public record Configure(ChannelSpec spec) implements Command {}

    /** What is held now, by type. */
    public record Snapshot(ActorRef<Resources> replyTo) implements Command {}

    /** Answers to {@link Acquire}. */
    public sealed interface Answer {
        AttemptId attempt();
    }

    /** The attempt holds everything it asked for. */
    public record Granted(AttemptId attempt) implements Answer {}

    /** It waits; {@link Granted} follows. */
    public record Waits(AttemptId attempt, Condition condition) implements Answer {}

    /** It asked for more than the channel may ever hold. */
    public record Refused(AttemptId attempt, Problem problem) implements Answer {}

    /** Answer to {@link Release}; {@code anythingLeft} says that the ledger still has an entry, which must never be. */
    public record Released(AttemptId attempt, boolean anythingLeft) {}

    /** What is held now, by type. */
    public record Resources(List<Inspection.ResourceView> types) {
        public Resources {
            types = List.copyOf(types);
        }
    }

    /** Restarts itself after a defect; the ledger survives. */
    public static Behavior<Command> create(ChannelName channel, ChannelSpec spec, ChannelServices services) {
        return Behaviors.setup(_ -> {
            var accounts = new Accounts(new Ledger(spec));
            return Restarting.after(context -> new ResourceManager(context, channel, services, accounts));
        });
    }

    private ResourceManager(
            ActorContext<Command> context, ChannelName channel, ChannelServices services, Accounts accounts) {
        super(context);
        this.channel = channel;
        this.services = services;
        this.accounts = accounts;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Acquire acquire -> onAcquire(acquire);
            case Release(var attempt, var replyTo) -> onRelease(attempt, replyTo);
            case Configure(var spec) -> onConfigure(spec);
            case Snapshot(var replyTo) -> onSnapshot(replyTo);
        };
    }

    private Behavior<Command> onAcquire(Acquire acquire) {
        var attempt = acquire.attempt;
        var answer = switch (accounts.ledger.acquire(attempt, acquire.requests)) {
            case Ledger.Granted() -> new Granted(attempt);
            case Ledger.Refused(var problem) -> new Refused(attempt, problem);
            case Ledger.Waits(var account, var placesAhead) -> {
                accounts.waiters.put(attempt, acquire.replyTo);
                yield new Waits(attempt, condition(account, placesAhead));
            }
        };
        acquire.replyTo.tell(answer);
        return this;
    }

    private static Condition condition(Ledger.Account account, int placesAhead) {
        return new Condition(
                "WaitingForResources",
                "waits for resource '" + account.type().wireName() + "', which other attempts of the channel hold; "
                        + placesAhead + " attempts are before it",
                Instant.now());
    }

    private Behavior<Command> onRelease(AttemptId attempt, ActorRef<Released> replyTo) {
        accounts.waiters.remove(attempt);
        accounts.ledger.release(attempt);
        replyTo.tell(new Released(attempt, accounts.ledger.knows(attempt)));
        tellGranted();
        return this;
    }

    private Behavior<Command> onConfigure(ChannelSpec spec) {
        accounts.ledger.configure(spec);
        accounts.ledger.removeHopeless().forEach((attempt, problem) -> {
            var waiter = accounts.waiters.remove(attempt);
            if (waiter != null) {
                waiter.tell(new Refused(attempt, problem));
            }
        });
        tellGranted();
        return this;
    }

    private void tellGranted() {
        for (var attempt : accounts.ledger.grantWaiting()) {
            var waiter = accounts.waiters.remove(attempt);
            if (waiter != null) {
                waiter.tell(new Granted(attempt));
            }
        }
    }

    /** Buffers of all tiers together are one type, in bytes. */
    private Behavior<Command> onSnapshot(ActorRef<Resources> replyTo) {
        var views = new ArrayList<Inspection.ResourceView>();
        for (var type : ResourceType.values()) {
            var balances = accounts.ledger.balances().stream()
                    .filter(balance -> balance.account().type() == type)
                    .toList();
            views.add(new Inspection.ResourceView(
                    services.node(),
                    channel,
                    type,
                    sum(balances, balance -> balance.limit() * balance.account().unit()),
                    sum(balances, balance -> balance.inUse() * balance.account().unit()),
                    sum(balances, balance -> balance.peak() * balance.account().unit()),
                    (int) sum(balances, Ledger.Balance::waiters),
                    List.of(),
                    List.of()));
        }
        replyTo.tell(new Resources(views));
        return this;
    }

    private static long sum(List<Ledger.Balance> balances, ToLongFunction<Ledger.Balance> amount) {
        return balances.stream().mapToLong(amount).sum();
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        }
        return this;
    }

    /** What outlives a restart. */
    private static final class Accounts {
        final Ledger ledger;
        final Map<AttemptId, ActorRef<Answer>> waiters = new HashMap<>();

        Accounts(Ledger ledger) {
            this.ledger = ledger;
        }
    }
}
