package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A search through everybody an owner waits for, directly or not. Each place of each queue is looked at once. */
final class WaitSearch {
    private final Map<Owner, OwnerState> owners;
    private final Owner start;
    private final Map<Owner, LockGraph.Wait> reachedBy = new HashMap<>();
    private final Map<LockState, Integer> seenTo = new HashMap<>();
    private final List<Owner> next = new ArrayList<>();

    private WaitSearch(Map<Owner, OwnerState> owners, Owner start) {
        this.owners = owners;
        this.start = start;
        next.add(start);
    }

    /** The circle of waiting that an owner is part of, from it and back to it; empty if there is none. */
    static List<LockGraph.Wait> circleThrough(Owner owner, Map<Owner, OwnerState> owners) {
        return new WaitSearch(owners, owner).circle();
    }

    private List<LockGraph.Wait> circle() {
        while (!next.isEmpty() && !reachedBy.containsKey(start)) {
            OwnerState owner = owners.get(next.removeLast());
            if (owner != null) {
                owner.waits.forEach(this::follow);
            }
        }
        return reachedBy.containsKey(start) ? back() : List.of();
    }

    private void follow(Waiter waiter) {
        LockState lock = waiter.lock;
        Integer seen = seenTo.get(lock);
        if (seen == null && lock.holding != null) {
            reach(waiter, lock.holding.lease.owner());
        }
        int place = lock.queue.indexOf(waiter);
        for (int ahead = seen == null ? 0 : seen; ahead < place; ahead++) {
            reach(waiter, lock.queue.get(ahead).wish.owner());
        }
        seenTo.merge(lock, place, Math::max);
    }

    private void reach(Waiter waiter, Owner owner) {
        if (reachedBy.putIfAbsent(owner, waiter.forHolder(owner)) == null) {
            next.add(owner);
        }
    }

    private List<LockGraph.Wait> back() {
        List<LockGraph.Wait> circle = new ArrayList<>();
        Owner owner = start;
        do {
            LockGraph.Wait wait = Objects.requireNonNull(reachedBy.get(owner));
            circle.addFirst(wait);
            owner = wait.waiter();
        } while (!owner.equals(start));
        return circle;
    }
}
