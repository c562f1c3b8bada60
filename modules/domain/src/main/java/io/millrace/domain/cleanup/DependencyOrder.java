package io.millrace.domain.cleanup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.PriorityQueue;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Puts what depends on each other into an order, and finds the circles that forbid one. What could go either way goes by
 * its natural order, so the same graph always gives the same result, in whichever order it was described. Both take time
 * in proportion to the edges, times the logarithm of the nodes.
 */
final class DependencyOrder<T extends Comparable<? super T>> {
    private final NavigableMap<T, NavigableSet<T>> dependsOn = new TreeMap<>();

    /**
     * @param dependsOn what each node depends on; what is no key itself is left out
     */
    DependencyOrder(Map<T, ? extends Collection<T>> dependsOn) {
        dependsOn.forEach((node, all) -> {
            NavigableSet<T> known = new TreeSet<>(all);
            known.retainAll(dependsOn.keySet());
            this.dependsOn.put(node, known);
        });
    }

    /** Each node behind all it depends on. Without those on a circle or behind one. */
    List<T> order() {
        Map<T, Integer> unmet = new HashMap<>();
        Map<T, List<T>> dependents = new HashMap<>();
        PriorityQueue<T> free = new PriorityQueue<>();
        dependsOn.forEach((node, all) -> {
            unmet.put(node, all.size());
            all.forEach(dependency -> dependents
                    .computeIfAbsent(dependency, _ -> new ArrayList<>())
                    .add(node));
            if (all.isEmpty()) {
                free.add(node);
            }
        });
        List<T> order = new ArrayList<>(dependsOn.size());
        for (T node = free.poll(); node != null; node = free.poll()) {
            order.add(node);
            for (T dependent : dependents.getOrDefault(node, List.of())) {
                if (unmet.merge(dependent, -1, Integer::sum) == 0) {
                    free.add(dependent);
                }
            }
        }
        return order;
    }

    /** Circles that share no edge, each as its nodes from the first one on; without them there would be an order. */
    List<List<T>> circles() {
        NavigableMap<T, NavigableSet<T>> open = new TreeMap<>(dependsOn);
        order().forEach(open::remove);
        open.replaceAll((_, all) -> new TreeSet<>(all));
        open.values().forEach(all -> all.retainAll(open.keySet()));
        List<List<T>> circles = new ArrayList<>();
        while (!open.isEmpty()) {
            List<T> circle = walk(open);
            if (!circle.isEmpty()) {
                circles.add(startingWithFirst(circle));
            }
        }
        return circles;
    }

    /** Follows edges and takes those away that it went along for nothing, and the circle it ends up on. */
    private List<T> walk(NavigableMap<T, NavigableSet<T>> open) {
        SequencedMap<T, T> way = new LinkedHashMap<>();
        T at = open.firstKey();
        while (!way.containsKey(at)) {
            NavigableSet<T> next = open.get(at);
            if (next == null || next.isEmpty()) {
                open.remove(at);
                if (way.isEmpty()) {
                    return List.of();
                }
                T back = way.pollLastEntry().getKey();
                cut(open, back, at);
                at = back;
            } else {
                T to = next.first();
                way.put(at, to);
                at = to;
            }
        }
        List<T> circle = new ArrayList<>();
        for (Map.Entry<T, T> edge : way.entrySet()) {
            if (!circle.isEmpty() || edge.getKey().equals(at)) {
                circle.add(edge.getKey());
                cut(open, edge.getKey(), edge.getValue());
            }
        }
        return circle;
    }

    private static <T> void cut(NavigableMap<T, NavigableSet<T>> open, T from, T to) {
        NavigableSet<T> left = open.get(from);
        if (left != null) {
            left.remove(to);
        }
    }

    private List<T> startingWithFirst(List<T> circle) {
        int first = 0;
        for (int i = 1; i < circle.size(); i++) {
            first = circle.get(i).compareTo(circle.get(first)) < 0 ? i : first;
        }
        List<T> turned = new ArrayList<>(circle.subList(first, circle.size()));
        turned.addAll(circle.subList(0, first));
        return turned;
    }
}
