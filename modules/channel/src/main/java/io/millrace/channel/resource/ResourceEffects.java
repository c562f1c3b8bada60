package io.millrace.channel.resource;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.ResourceWish;
import java.time.Instant;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** Carries out what the ledger of a channel decides: asks the node, and tells who asked for resources. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ResourceEffects {
    private static final String WAITING = "WaitingForResources";

    private final ActorRef<ResourceManager.Command> self;
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ActorRef<NodeResources.Answer> nodeAnswers;

    ResourceEffects(
            ActorRef<ResourceManager.Command> self,
            ResourceManager.Seed seed,
            ResourceAccounts accounts,
            ActorRef<NodeResources.Answer> nodeAnswers) {
        this.self = self;
        this.seed = seed;
        this.accounts = accounts;
        this.nodeAnswers = nodeAnswers;
    }

    /** Does what follows outside from what the ledger has decided. */
    void settle(List<LedgerEffect> effects) {
        for (LedgerEffect effect : effects) {
            switch (effect) {
                case LedgerEffect.Take(var wish) ->
                    seed.nodeResources().tell(new NodeResources.Take(seed.channel(), wish, self, nodeAnswers));
                case LedgerEffect.Withdraw(var number) ->
                    seed.nodeResources().tell(new NodeResources.Withdraw(accounts.wish(number), nodeAnswers));
                case LedgerEffect.GiveBack(var resources) -> {
                    resources.forEach(accounts.contents::remove);
                    seed.nodeResources().tell(new NodeResources.GiveBack(resources, nodeAnswers));
                }
                case LedgerEffect.Granted(var number) -> {
                    ResourceAccounts.Pending granted = accounts.ended(number);
                    granted.callers().forEach(caller -> tellGranted(caller, granted.wish()));
                }
                case LedgerEffect.Waits(var number, var why) ->
                    accounts.callers(number)
                            .forEach(caller ->
                                    tellWaits(caller, why, seed.clock().get().instant()));
                case LedgerEffect.Refused(var number, var problem) -> {
                    seed.instruments().resourceRefused();
                    accounts.ended(number).callers().forEach(caller -> tellRefused(caller, problem));
                }
            }
        }
    }

    void tellGranted(ResourceCaller caller, ResourceWish wish) {
        List<ResourceView> views = wish.parts().stream()
                .flatMap(part -> accounts.ledger.show(part.id()).stream())
                .toList();
        switch (caller) {
            case ResourceCaller.OfRequest(var replyTo, var isReplayed) ->
                replyTo.tell(new ResourceManager.Allocated(views.getFirst(), isReplayed));
            case ResourceCaller.OfHandler(var replyTo) ->
                replyTo.tell(new ResourceManager.BufferGranted(
                        buffers(views).getFirst().buffer()));
            case ResourceCaller.OfAttempt(var attempt, var replyTo) ->
                replyTo.tell(new ResourceManager.Granted(attempt, views, buffers(views)));
        }
    }

    private List<GrantedBuffer> buffers(List<ResourceView> views) {
        return views.stream()
                .flatMap(
                        view -> accounts
                                .contents
                                .memory(view.handle().id())
                                .map(memory -> new GrantedBuffer(view.handle(), memory))
                                .stream())
                .toList();
    }

    static void tellWaits(ResourceCaller caller, String why, Instant since) {
        if (caller instanceof ResourceCaller.OfAttempt(var attempt, var replyTo)) {
            replyTo.tell(new ResourceManager.Waits(attempt, new Condition(WAITING, why, since)));
        }
    }

    private void tellRefused(ResourceCaller caller, Problem problem) {
        switch (caller) {
            case ResourceCaller.OfRequest(var replyTo, var _) -> replyTo.tell(new ManagerReply.Refused(problem));
            case ResourceCaller.OfHandler(var replyTo) -> replyTo.tell(new ResourceManager.BufferRefused(problem));
            case ResourceCaller.OfAttempt(var attempt, var replyTo) -> {
                // It has nothing, so asked again it must not be told that it was granted.
                accounts.attempts.remove(attempt);
                replyTo.tell(new ResourceManager.Refused(attempt, problem));
            }
        }
    }

    /** Whoever waits gets nothing any more. */
    void refuseAll(Problem problem) {
        accounts.pending.values().forEach(wish -> wish.callers().forEach(caller -> tellRefused(caller, problem)));
    }
}
