package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;

/**
 * In which order locks were taken so far: a graph of pairs of which the second lock was taken while the first was held.
 * It has no circles, because a pair that would close one is an inversion and is not learnt. It remembers so many pairs
 * and forgets the one that was seen the longest time ago.
 */
final class LearntOrder {
    private final int pairsMax;
    private final LinkedHashMap<Pair, LockGraph.Order> pairs = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<LockName, Set<LockName>> after = new HashMap<>();

    private record Pair(LockName first, LockName second) {}

    LearntOrder(int pairsMax) {
        this.pairsMax = pairsMax;
    }

    /**
     * Learns that {@code second} was taken while {@code first} was held.
     *
     * @return the known order that says the opposite, first to last; empty if there is none
     */
    List<LockGraph.Order> observe(LockName first, LockName second, Owner owner, long atMillis) {
        Pair pair = new Pair(first, second);
        if (pairs.get(pair) != null) {
            return List.of();
        }
        List<LockGraph.Order> opposite = path(second, first);
        if (opposite.isEmpty()) {
            pairs.put(pair, new LockGraph.Order(first, second, owner, Instant.ofEpochMilli(atMillis)));
            after.computeIfAbsent(first, _ -> new TreeSet<>()).add(second);
            forgetIfFull();
        }
        return opposite;
    }

    /** The known order of two locks, first to last; empty if nothing is known or the opposite is. */
    List<LockGraph.Order> path(LockName from, LockName to) {
        if (!after.containsKey(from)) {
            return List.of();
        }
        Map<LockName, LockName> cameFrom = new HashMap<>();
        Deque<LockName> next = new ArrayDeque<>(List.of(from));
        while (!next.isEmpty()) {
            LockName lock = next.removeFirst();
            for (LockName later : after.getOrDefault(lock, Set.of())) {
                if (!later.equals(from) && cameFrom.putIfAbsent(later, lock) == null) {
                    if (later.equals(to)) {
                        return pairsAlong(cameFrom, from, to);
                    }
                    next.add(later);
                }
            }
        }
        return List.of();
    }

    private List<LockGraph.Order> pairsAlong(Map<LockName, LockName> cameFrom, LockName from, LockName to) {
        Deque<LockGraph.Order> along = new ArrayDeque<>();
        LockName second = to;
        while (!second.equals(from)) {
            LockName first = cameFrom.get(second);
            if (first == null) {
                break;
            }
            LockGraph.Order order = pairs.get(new Pair(first, second));
            if (order != null) {
                along.addFirst(order);
            }
            second = first;
        }
        return List.copyOf(along);
    }

    private void forgetIfFull() {
        if (pairs.size() > pairsMax) {
            Pair oldest = pairs.keySet().iterator().next();
            pairs.remove(oldest);
            Set<LockName> seconds = after.get(oldest.first);
            if (seconds != null && seconds.remove(oldest.second) && seconds.isEmpty()) {
                after.remove(oldest.first);
            }
        }
    }

    List<LockGraph.Order> all() {
        return List.copyOf(pairs.sequencedValues().reversed());
    }

    /** These locks, each behind those that have to be taken before it; by name where nothing is known. */
    List<LockName> sorted(Collection<LockName> locks) {
        Map<LockName, Integer> before = new HashMap<>();
        locks.forEach(lock -> before.put(lock, 0));
        pairs.keySet().forEach(pair -> {
            before.merge(pair.first, 0, Integer::sum);
            before.merge(pair.second, 1, Integer::sum);
        });
        PriorityQueue<LockName> free = new PriorityQueue<>();
        before.forEach((lock, others) -> {
            if (others == 0) {
                free.add(lock);
            }
        });
        Set<LockName> wanted = Set.copyOf(locks);
        List<LockName> sorted = new ArrayList<>(locks.size());
        while (!free.isEmpty()) {
            LockName lock = free.remove();
            if (wanted.contains(lock)) {
                sorted.add(lock);
            }
            for (LockName later : after.getOrDefault(lock, Set.of())) {
                if (before.merge(later, -1, Integer::sum) == 0) {
                    free.add(later);
                }
            }
        }
        return sorted;
    }
}
