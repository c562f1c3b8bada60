package io.millrace.channel.resource;

import io.millrace.channel.RequestKeys;
import io.millrace.channel.handle.Owners;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.resource.ResourceWish;
import java.util.Optional;

/** Takes in who asks for resources. The same wish that is sent again gets the place or the resource it has. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ResourceWishes {
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ResourceEffects effects;

    ResourceWishes(ResourceManager.Seed seed, ResourceAccounts accounts, ResourceEffects effects) {
        this.seed = seed;
        this.accounts = accounts;
        this.effects = effects;
    }

    void allocate(ResourceManager.Allocate allocate) {
        Problem invalid = ResourceRequests.problemOf(allocate.owner(), allocate.request());
        if (invalid != null) {
            allocate.refuse(invalid);
            return;
        }
        if (!isReplayed(allocate)) {
            long number = ++accounts.lastWish;
            ResourceWish wish = ResourceRequests.wish(number, allocate.owner(), allocate.request(), this::handle);
            if (allocate.requestKey() != null) {
                String resource = wish.parts().getFirst().id();
                accounts.keys.add(
                        allocate.requestKey(), new ResourceAccounts.Keyed(number, resource), allocate.bodyHash());
            }
            wish(wish, new ResourceCaller.OfRequest(allocate.replyTo(), false));
        }
    }

    /** A request that was sent again gets what the first one got: its resource, or a place beside it in the queue. */
    private boolean isReplayed(ResourceManager.Allocate allocate) {
        String key = allocate.requestKey();
        RequestKeys.Earlier<ResourceAccounts.Keyed> earlier = accounts.keys.find(key);
        if (key == null || earlier == null) {
            return false;
        }
        if (!earlier.isSame(allocate.bodyHash())) {
            allocate.refuse(Refusals.keyReused(key));
            return true;
        }
        ResourceAccounts.Keyed first = earlier.made();
        ResourceAccounts.Pending pending = accounts.pending.get(first.wish());
        if (pending != null) {
            pending.callers().add(new ResourceCaller.OfRequest(allocate.replyTo(), true));
            return true;
        }
        Optional<ResourceView> known = accounts.ledger.show(first.resource());
        known.ifPresent(view -> allocate.replyTo().tell(new ResourceManager.Allocated(view, true)));
        return known.isPresent();
    }

    void allocateBuffer(ResourceManager.AllocateBuffer allocate) {
        Owner owner = Owners.of(allocate.attempt());
        Problem invalid = allocate.request().type() == ResourceType.BUFFER
                ? ResourceRequests.problemOf(owner, allocate.request())
                : ResourceRequests.notABuffer(allocate.request().type());
        if (invalid != null) {
            allocate.replyTo().tell(new ResourceManager.BufferRefused(invalid));
        } else {
            wish(
                    ResourceRequests.wish(++accounts.lastWish, owner, allocate.request(), this::handle),
                    new ResourceCaller.OfHandler(allocate.replyTo()));
        }
    }

    void acquire(ResourceManager.Acquire acquire) {
        var caller = new ResourceCaller.OfAttempt(acquire.attempt(), acquire.replyTo());
        ResourceWish earlier = accounts.attempts.get(acquire.attempt());
        if (earlier != null) {
            answerAgain(caller, earlier);
            return;
        }
        ResourceWish wish =
                ResourceRequests.wish(++accounts.lastWish, acquire.attempt(), acquire.requests(), this::handle);
        accounts.attempts.put(acquire.attempt(), wish);
        wish(wish, caller);
    }

    private void answerAgain(ResourceCaller.OfAttempt caller, ResourceWish wish) {
        if (accounts.pending.containsKey(wish.number())) {
            accounts.pending.put(wish.number(), ResourceAccounts.Pending.of(wish, caller));
            accounts.ledger.waiting().stream()
                    .filter(waiting -> waiting.wish().number() == wish.number())
                    .forEach(waiting -> ResourceEffects.tellWaits(caller, waiting.why(), waiting.since()));
        } else {
            effects.tellGranted(caller, wish);
        }
    }

    private void wish(ResourceWish wish, ResourceCaller caller) {
        seed.instruments().resourceRequested();
        accounts.pending.put(wish.number(), ResourceAccounts.Pending.of(wish, caller));
        effects.settle(accounts.ledger.wish(wish, seed.clock().get()));
    }

    private Handle handle() {
        return seed.seals()
                .seal(
                        HandleType.RESOURCE,
                        seed.ids().next().toString(),
                        seed.channel(),
                        seed.incarnation(),
                        seed.node());
    }
}
