package io.millrace.channel.resource;

import io.millrace.channel.resource.ResourceManager.Reclaimed;
import io.millrace.channel.resource.ResourceManager.ReclamationSeen;
import io.millrace.channel.resource.ResourceManager.Restored;
import io.millrace.channel.resource.ResourceManager.Withheld;
import io.millrace.channel.resource.ResourceManager.WithheldReleased;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.WithheldResources;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * What a cleanup of the whole channel does to its resources: they are withheld first, and given back to their holders or
 * to the node when it is known how the cleanup ended. That they are back is looked up at the node, and in the counters of
 * its buffer pools (contract rows C-22, C-24).
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ResourceCleanup {
    private final ActorContext<ResourceManager.Command> context;
    private final TimerScheduler<ResourceManager.Command> timers;
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ActorRef<NodeResources.Answer> client;
    private final Consumer<List<LedgerEffect>> settle;

    /**
     * @param client under which the node charges this channel
     * @param settle does what the ledger decided
     */
    ResourceCleanup(
            ActorContext<ResourceManager.Command> context,
            TimerScheduler<ResourceManager.Command> timers,
            ResourceManager.Seed seed,
            ResourceAccounts accounts,
            ActorRef<NodeResources.Answer> client,
            Consumer<List<LedgerEffect>> settle) {
        this.context = context;
        this.timers = timers;
        this.seed = seed;
        this.accounts = accounts;
        this.client = client;
        this.settle = settle;
        startWaiting();
    }

    void withhold(ActorRef<Withheld> replyTo) {
        accounts.withheldRelease.released = WithheldResources.NOTHING;
        accounts.withheldRelease.items.clear();
        settle.accept(accounts.ledger.withhold(seed.clock().get()));
        WithheldResources withheld = accounts.ledger.withheld();
        replyTo.tell(new Withheld(withheld.resources(), withheld.bytes()));
    }

    void restore(ActorRef<Restored> replyTo) {
        settle.accept(accounts.ledger.restore(seed.clock().get()));
        replyTo.tell(new Restored());
    }

    // Giving back to the node

    /** The time to answer counts from before the node is asked. */
    void release(ActorRef<WithheldReleased> replyTo) {
        WithheldRelease release = accounts.withheldRelease;
        if (release.waiters.isEmpty()) {
            release.untilNanos = seed.clock().get().nanos() + Limits.MANAGER_ANSWER_MAX.toNanos();
        }
        release.waiters.add(replyTo);
        startWaiting();
        release.released = release.released.plus(accounts.ledger.withheld());
        release.items.addAll(accounts.ledger.withheldByType());
        settle.accept(accounts.ledger.releaseWithheld(seed.clock().get()));
        release.awaited.addAll(accounts.ledger.releasing());
        answerRelease();
    }

    private void startWaiting() {
        if (!accounts.withheldRelease.waiters.isEmpty()) {
            long nanos =
                    accounts.withheldRelease.untilNanos - seed.clock().get().nanos();
            timers.startSingleTimer(ResourceManager.ReleaseOver.INSTANCE, Duration.ofNanos(Math.max(1, nanos)));
        }
    }

    /** Answers those who wait if the node has everything, or their time is up. */
    void answerRelease() {
        WithheldRelease release = accounts.withheldRelease;
        if (release.waiters.isEmpty()) {
            return;
        }
        release.awaited.retainAll(accounts.ledger.releasing());
        if (release.awaited.isEmpty() || seed.clock().get().nanos() >= release.untilNanos) {
            List<String> left = accounts.ledger.charged().stream()
                    .filter(view -> release.awaited.contains(view.handle().id()))
                    .map(ResourceCleanup::accessed)
                    .toList();
            var released = new WithheldReleased(
                    release.released.resources(), release.released.bytes(), release.items, left.isEmpty(), left);
            release.waiters.forEach(replyTo -> replyTo.tell(released));
            release.waiters.clear();
            timers.cancel(ResourceManager.ReleaseOver.INSTANCE);
        }
    }

    // Looking whether everything is back

    /** Two looks, because grants and returns go on meanwhile: only what was wrong both times is wrong. */
    void verify(ActorRef<Reclaimed> replyTo) {
        look(replyTo, Optional.empty());
    }

    private void look(ActorRef<Reclaimed> replyTo, Optional<Map<String, String>> earlier) {
        context.ask(
                NodeResources.Audited.class,
                seed.nodeResources(),
                Limits.MANAGER_ANSWER_MAX,
                audited -> new NodeResources.Audit(accounts.contents.all(), client, audited),
                (audited, _) -> new ReclamationSeen(Optional.ofNullable(audited), earlier, replyTo));
    }

    void seen(ReclamationSeen seen) {
        Map<String, String> problems =
                seen.audited().map(this::problems).orElse(Map.of("node", "the node does not say what it has charged"));
        if (!problems.isEmpty() && seen.earlier().isEmpty()) {
            look(seen.replyTo(), Optional.of(problems));
            return;
        }
        List<String> lasting = problems.entrySet().stream()
                .filter(problem -> seen.earlier()
                        .map(earlier -> earlier.containsKey(problem.getKey()))
                        .orElse(false))
                .map(Map.Entry::getValue)
                .sorted()
                .toList();
        seen.replyTo().tell(new Reclaimed(lasting.isEmpty(), lasting));
    }

    private Map<String, String> problems(NodeResources.Audited node) {
        Map<String, String> problems = new HashMap<>();
        for (ResourceView view : accounts.ledger.charged()) {
            String id = view.handle().id();
            if (accounts.ledger.isWithheld(id)) {
                problems.put(id, inWords(view) + " is withheld and was not given back");
            } else if (view.state() == ResourceState.RELEASING) {
                problems.put(id, accessed(view));
            }
        }
        ResourceIsolation.comparedWithNode(accounts, node)
                .forEach((key, breach) -> problems.put(key, "resource " + breach.subject() + ": " + breach.detail()));
        if (node.unaccountedBytes() != 0) {
            problems.put(
                    "pools",
                    "the node's buffer pools count " + node.unaccountedBytes()
                            + " bytes in use that no channel is charged with");
        }
        return problems;
    }

    private static String accessed(ResourceView view) {
        return inWords(view) + " was given back and its memory is still being accessed";
    }

    private static String inWords(ResourceView view) {
        return view.type().wireName() + " " + view.handle().id() + " of '" + view.owner() + "' (" + view.amount() + ")";
    }
}
