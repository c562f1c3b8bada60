package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handle.Owners;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.NotedResource;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/** Gives back what holders release and what attempts leave behind, and answers when the node has heard of it. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ResourceReleases {
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ResourceBoundaries boundaries;
    private final Consumer<List<LedgerEffect>> settle;

    /** @param settle does what the ledger decided */
    ResourceReleases(
            ResourceManager.Seed seed,
            ResourceAccounts accounts,
            ResourceBoundaries boundaries,
            Consumer<List<LedgerEffect>> settle) {
        this.seed = seed;
        this.accounts = accounts;
        this.boundaries = boundaries;
        this.settle = settle;
    }

    void release(ResourceManager.Release release) {
        Problem forbidden = boundaries.forbiddenToHolder(release.resource());
        if (forbidden != null) {
            release.refuse(forbidden);
            return;
        }
        String id = release.resource().id();
        boolean wasHeld = accounts.ledger.isHeld(id);
        settle.accept(
                accounts.ledger.release(id, ReleaseReason.RELEASED, seed.clock().get()));
        if (wasHeld) {
            accounts.released.put(id, release.replyTo());
        } else {
            release.replyTo().tell(new ResourceManager.Released(false));
        }
    }

    /**
     * The first time it is answered when the node has answered, so that all is back together. Asked again about what is
     * on its way back, it says so at once.
     */
    void releaseAll(AttemptId attempt, ActorRef<ResourceManager.AllReleased> replyTo) {
        accounts.attempts.remove(attempt);
        List<NotedResource> held =
                accounts.ledger.held(Owners.of(attempt), 0, seed.clock().get());
        List<LedgerEffect> effects =
                accounts.ledger.releaseAll(Owners.of(attempt), seed.clock().get());
        settle.accept(effects);
        Set<String> givenBack = givenBack(effects);
        if (givenBack.isEmpty()) {
            replyTo.tell(new ResourceManager.AllReleased(attempt, held, isAnythingLeft(attempt)));
        } else {
            accounts.releases.put(attempt, new ResourceAccounts.Releasing(givenBack, held, replyTo));
        }
    }

    private static Set<String> givenBack(List<LedgerEffect> effects) {
        Set<String> resources = new HashSet<>();
        for (LedgerEffect effect : effects) {
            if (effect instanceof LedgerEffect.GiveBack(var together)) {
                resources.addAll(together);
            }
        }
        return resources;
    }

    /** Answers those about whose resources the node has said something; of all others it has not heard yet. */
    void answer(List<String> returned) {
        for (String id : returned) {
            ActorRef<ManagerReply> releaser = accounts.released.remove(id);
            if (releaser != null) {
                releaser.tell(new ResourceManager.Released(true));
            }
        }
        accounts.releases.entrySet().removeIf(entry -> {
            AttemptId attempt = entry.getKey();
            ResourceAccounts.Releasing releasing = entry.getValue();
            if (Collections.disjoint(releasing.resources(), returned)) {
                return false;
            }
            releasing
                    .replyTo()
                    .tell(new ResourceManager.AllReleased(attempt, releasing.held(), isAnythingLeft(attempt)));
            return true;
        });
    }

    private boolean isAnythingLeft(AttemptId attempt) {
        return !accounts.ledger.of(Owners.of(attempt)).isEmpty();
    }
}
