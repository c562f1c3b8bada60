package io.millrace.host.tree;

import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Ends the tree of one run. */
final class TreeKill {
    /**
     * How often the orphans are looked at before the machine is searched again: a chain of processes that start each
     * other and end is faster than a search, and no faster than a glance.
     */
    private static final int GLANCES_MAX = 1_000;

    private final Children children;
    private final Ownership ownership;
    private final Root root;

    TreeKill(Children children, Ownership ownership, Root root) {
        this.children = children;
        this.ownership = ownership;
        this.root = root;
    }

    TreeEnd run() {
        return RepeatedKill.run(this::round, process -> !root.isLeader(process));
    }

    private Collection<ProcessTable.Entry> round() {
        Set<Integer> inControlGroup =
                root.group() == null ? Set.of() : root.group().processes();
        Set<Integer> orphans = children.orphans().stream()
                .filter(orphan -> ownership.isOf(root, orphan))
                .map(ProcessTable.Entry::pid)
                .collect(Collectors.toSet());
        Predicate<ProcessTable.Entry> isMember = process -> root.isInSession(process)
                || inControlGroup.contains(process.pid())
                || orphans.contains(process.pid())
                || hasCookie(process);
        var found = new ArrayList<>(new TreeSearch().trees(isMember));
        children.signal(root, Signals.KILL);
        found.forEach(ProvenKill::kill);
        found.addAll(killOrphans());
        return found;
    }

    private boolean hasCookie(ProcessTable.Entry process) {
        return RunCookie.of(process.pid()).filter(root.cookie()::equals).isPresent();
    }

    /** Until a glance shows none that was not killed already. */
    private List<ProcessTable.Entry> killOrphans() {
        Set<Integer> killed = new HashSet<>();
        var all = new ArrayList<ProcessTable.Entry>();
        for (int glance = 0; glance < GLANCES_MAX; glance++) {
            var now = children.kill(orphan -> ownership.isOf(root, orphan)).killed();
            all.addAll(now);
            if (!killed.addAll(now.stream().map(ProcessTable.Entry::pid).toList())) {
                break;
            }
        }
        return all;
    }
}
