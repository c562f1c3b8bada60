package io.millrace.host.tree;

import io.millrace.host.system.ProcessTable;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * All processes of the machine at one moment, but for those that have ended and for this one and its ancestors, which
 * belong to no run whatever their environment says.
 */
final class TreeSearch {
    private final Map<Integer, ProcessTable.Entry> living = new HashMap<>();
    private final Map<Integer, List<ProcessTable.Entry>> byParent;

    TreeSearch() {
        ProcessTable.all().stream()
                .filter(process -> !process.isEnded())
                .forEach(process -> living.put(process.pid(), process));
        spareAncestors();
        byParent = living.values().stream().collect(Collectors.groupingBy(ProcessTable.Entry::parent));
    }

    private void spareAncestors() {
        var next = living.remove((int) ProcessHandle.current().pid());
        while (next != null) {
            next = living.remove(next.parent());
        }
    }

    /** Those for which a test holds, and everything that descends from them. */
    Collection<ProcessTable.Entry> trees(Predicate<ProcessTable.Entry> isRoot) {
        var open = living.values().stream()
                .filter(isRoot)
                .collect(Collectors.toCollection(ArrayDeque<ProcessTable.Entry>::new));
        Set<ProcessTable.Entry> members = new HashSet<>();
        while (!open.isEmpty()) {
            var member = open.poll();
            if (members.add(member)) {
                open.addAll(byParent.getOrDefault(member.pid(), List.of()));
            }
        }
        return members;
    }
}
