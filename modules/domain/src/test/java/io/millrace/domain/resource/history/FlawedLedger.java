package io.millrace.domain.resource.history;

import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Moment;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.LedgerFigures;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceLedger;
import io.millrace.domain.resource.ResourceWish;
import io.millrace.domain.resource.WaitingWish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The ledger as it is, or with a {@link Flaw} between it and its users. */
final class FlawedLedger {
    private static final int EVENTS_PER_FAULT = 5;

    private final Flaw flaw;
    private final ResourceLedger ledger;
    private final Map<ResourceAccount, Long> limits;
    private final Map<Long, ResourceWish> inLine = new HashMap<>();
    /** Pairs of wishes of which each is taken for the other. */
    private final Map<Long, ResourceWish> swapped = new HashMap<>();

    private int events;

    FlawedLedger(Flaw flaw, Map<ResourceAccount, Long> limits) {
        this.flaw = flaw;
        this.limits = new EnumMap<>(limits);
        this.ledger = new ResourceLedger(limits);
    }

    List<LedgerEffect> wish(ResourceWish wish, Moment now) {
        boolean isCut = flaw == Flaw.GRANTS_IN_PART && wish.parts().size() > 1;
        ResourceWish told = isCut ? with(wish, wish.parts().subList(0, 1)) : wish;
        List<LedgerEffect> effects = seen(ledger.wish(told, now));
        if (flaw == Flaw.SERVES_LATER_FIRST && effects.stream().anyMatch(LedgerEffect.Waits.class::isInstance)) {
            swapWithEarlier(wish);
        }
        return effects;
    }

    private static ResourceWish with(ResourceWish wish, List<ResourceWish.Part> parts) {
        return new ResourceWish(wish.number(), wish.owner(), parts, wish.waitNanos(), wish.ttlNanos(), wish.areInUse());
    }

    private void swapWithEarlier(ResourceWish wish) {
        inLine.values().stream()
                .filter(other -> !swapped.containsKey(other.number()) && areAlike(other, wish))
                .findFirst()
                .ifPresent(other -> {
                    swapped.put(wish.number(), other);
                    swapped.put(other.number(), wish);
                });
        inLine.put(wish.number(), wish);
    }

    private static boolean areAlike(ResourceWish one, ResourceWish other) {
        return one.parts().size() == 1
                && other.parts().size() == 1
                && one.parts().getFirst().type() == other.parts().getFirst().type()
                && one.parts().getFirst().size() == other.parts().getFirst().size();
    }

    List<LedgerEffect> taken(long number, Moment now) {
        List<LedgerEffect> effects = seen(ledger.taken(number, Set.of(), now));
        if (flaw == Flaw.CHARGES_TWICE && isFaulty()) {
            ledger.show("resource-" + number + "-0").ifPresent(view -> chargeAgain(view, now));
        }
        return effects;
    }

    private void chargeAgain(ResourceView view, Moment now) {
        ResourceWish.Part part = new ResourceWish.Part(view.handle(), view.type(), view.requested());
        ledger.wish(new ResourceWish(-1, view.owner(), List.of(part), 0, 0, false), now);
    }

    List<LedgerEffect> waitsAtNode(long number) {
        return seen(ledger.waitsAtNode(number, "the node is short"));
    }

    List<LedgerEffect> refusedByNode(long number, Problem problem, Moment now) {
        return seen(ledger.refusedByNode(number, problem, now));
    }

    List<LedgerEffect> returned(Collection<String> ids, Moment now) {
        List<String> noticed = new ArrayList<>(ids);
        if (flaw == Flaw.FORGETS_RETURNED) {
            noticed.removeIf(_ -> isFaulty());
        }
        return seen(ledger.returned(noticed, now));
    }

    List<LedgerEffect> release(String id, Moment now) {
        List<LedgerEffect> effects = seen(ledger.release(id, ReleaseReason.RELEASED, now));
        if (flaw == Flaw.CREDITS_EARLY) {
            ledger.returned(List.of(id), now);
        }
        return effects;
    }

    List<LedgerEffect> releaseAll(Owner owner, Moment now) {
        return flaw == Flaw.KEEPS_WHAT_OWNERS_LEFT ? List.of() : seen(ledger.releaseAll(owner, now));
    }

    List<LedgerEffect> withhold(Moment now) {
        return flaw == Flaw.GRANTS_DURING_CLEANUPS ? List.of() : seen(ledger.withhold(now));
    }

    List<LedgerEffect> restore(Moment now) {
        return seen(ledger.restore(now));
    }

    List<LedgerEffect> releaseWithheld(Moment now) {
        return flaw == Flaw.RESTORES_WHAT_WAS_CLEANED_UP ? restore(now) : seen(ledger.releaseWithheld(now));
    }

    List<LedgerEffect> elapse(Moment now) {
        return flaw == Flaw.OVERLOOKS_TIME && isFaulty() ? List.of() : seen(ledger.elapse(now));
    }

    List<LedgerEffect> configure(Map<ResourceAccount, Long> newLimits) {
        newLimits.forEach((account, limit) ->
                limits.merge(account, limit, flaw == Flaw.FORGETS_LOWERED_LIMITS ? Math::max : (_, given) -> given));
        return seen(ledger.configure(limits));
    }

    void used(String id, Moment now) {
        ledger.used(id, 1, 1, now);
    }

    private boolean isFaulty() {
        return ++events % EVENTS_PER_FAULT == 0;
    }

    private List<LedgerEffect> seen(List<LedgerEffect> effects) {
        List<LedgerEffect> seen = new ArrayList<>();
        for (LedgerEffect effect : effects) {
            boolean isEnd = effect instanceof LedgerEffect.Granted || effect instanceof LedgerEffect.Refused;
            boolean isLost = flaw == Flaw.LOSES_ANSWERS && isEnd && isFaulty()
                    || flaw == Flaw.KEEPS_WISHES_AT_NODE && effect instanceof LedgerEffect.Withdraw;
            if (!isLost) {
                seen.add(swapped(effect));
            }
            if (flaw == Flaw.ANSWERS_TWICE && isEnd && isFaulty()) {
                seen.add(effect);
            }
        }
        return seen;
    }

    private LedgerEffect swapped(LedgerEffect effect) {
        return effect instanceof LedgerEffect.Take(var wish) && swapped.get(wish.number()) instanceof ResourceWish other
                ? new LedgerEffect.Take(other)
                : effect;
    }

    // What it shows

    LedgerFigures figures() {
        return ledger.figures();
    }

    ResourceState state(String id) {
        return ledger.show(id).orElseThrow().state();
    }

    List<Long> waiting() {
        return ledger.waiting().stream()
                .map(WaitingWish::wish)
                .map(ResourceWish::number)
                .toList();
    }

    List<String> charged() {
        return ledger.charged().stream().map(view -> view.handle().id()).toList();
    }

    long nextNanos() {
        return ledger.nextNanos();
    }

    boolean isInUse() {
        return ledger.isInUse();
    }
}
