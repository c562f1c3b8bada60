package io.millrace.domain.resource.history;

import static io.millrace.domain.channel.simulation.BrokenPromise.unless;

import io.millrace.domain.channel.simulation.BrokenPromise;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceWish;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What must be true of the effects of a ledger whatever its limits: each wish ends once, is granted by the node and whole,
 * and is passed by nobody who needs all that it needs; each resource goes back once.
 */
final class EffectRules {
    private final Map<Long, ResourceWish> asked = new HashMap<>();
    private final TreeMap<Long, ResourceWish> open = new TreeMap<>();
    private final Set<Long> atNode = new HashSet<>();
    private final Set<String> held = new HashSet<>();
    private boolean isClosed;

    void asked(ResourceWish wish) {
        asked.put(wish.number(), wish);
        open.put(wish.number(), wish);
    }

    /** @param nothingIsGranted true from now on if a cleanup has begun, false if it is over */
    void cleanup(boolean nothingIsGranted) {
        isClosed = nothingIsGranted;
    }

    void observe(List<LedgerEffect> effects) {
        for (LedgerEffect effect : effects) {
            switch (effect) {
                case LedgerEffect.Take(var wish) -> take(wish);
                case LedgerEffect.Withdraw(var number) ->
                    unless(atNode.remove(number), () -> "wish " + number + " is withdrawn and not at the node");
                case LedgerEffect.GiveBack(var resources) ->
                    resources.forEach(id -> unless(held.remove(id), () -> id + " goes back and is not held"));
                case LedgerEffect.Granted(var number) -> granted(number);
                case LedgerEffect.Waits(var number, var _) -> isOpen(number);
                case LedgerEffect.Refused(var number, var _) -> refused(number);
            }
        }
    }

    private ResourceWish isOpen(long number) {
        ResourceWish wish = open.get(number);
        if (wish == null) {
            throw new BrokenPromise("wish " + number + " has ended already");
        }
        return wish;
    }

    private void take(ResourceWish wish) {
        isOpen(wish.number());
        unless(!isClosed, () -> "wish " + wish.number() + " is charged during a cleanup");
        unless(wish.equals(asked.get(wish.number())), () -> "only a part of wish " + wish.number() + " is asked for");
        Set<ResourceAccount> needs = needs(wish);
        for (ResourceWish earlier : open.headMap(wish.number()).values()) {
            unless(
                    atNode.contains(earlier.number()) || !needs.containsAll(needs(earlier)),
                    () -> "wish " + wish.number() + " overtook wish " + earlier.number());
        }
        unless(atNode.add(wish.number()), () -> "the node is asked twice for wish " + wish.number());
    }

    private static Set<ResourceAccount> needs(ResourceWish wish) {
        return Set.copyOf(Stream.of(ResourceAccount.values())
                .filter(account -> NaiveLedger.amount(wish, account) > 0)
                .toList());
    }

    private void granted(long number) {
        ResourceWish wish = isOpen(number);
        unless(atNode.remove(number), () -> "wish " + number + " is granted and the node was not asked");
        open.remove(number);
        wish.parts().forEach(part -> held.add(part.id()));
    }

    private void refused(long number) {
        isOpen(number);
        unless(!atNode.contains(number), () -> "wish " + number + " is refused and still at the node");
        open.remove(number);
    }

    void everythingHasEnded() {
        unless(open.isEmpty(), () -> "wishes without an end: " + open.keySet());
        unless(held.isEmpty(), () -> "not given back: " + held);
    }
}
