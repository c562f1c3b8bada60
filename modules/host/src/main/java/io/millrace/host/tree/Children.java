package io.millrace.host.tree;

import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The processes this one is the parent of: leaders of runs, which it started, and orphans, which the kernel gave to it.
 *
 * <p>A child keeps its id, and so that of its group, until its parent collects it. All collecting is done here under one
 * lock; whoever holds it may signal a child and its group by number and cannot hit anybody else. Nothing is held for
 * longer than a glance at the children takes.
 */
final class Children {
    private final ReentrantLock collecting = new ReentrantLock();
    private final Map<ProcessTable.Entry, Long> endedSince = new HashMap<>();
    private final OtherChildren others;
    private final Roots roots;
    private final int ownSession;
    private volatile int seen;

    Children(OtherChildren others, Roots roots) {
        this.others = others;
        this.roots = roots;
        this.ownSession = ProcessTable.find((int) ProcessHandle.current().pid())
                .map(ProcessTable.Entry::session)
                .orElse(-1);
    }

    /** Wait status of a leader that has ended; its run is forgotten. Nothing if it has not. */
    OptionalInt collect(Root root) {
        collecting.lock();
        try {
            int status = LibC.reap(root.leader());
            if (status < 0) {
                return OptionalInt.empty();
            }
            roots.remove(root);
            return OptionalInt.of(status);
        } finally {
            collecting.unlock();
        }
    }

    /** Signals the group of a run whose leader is not collected yet. */
    void signal(Root root, int signal) {
        collecting.lock();
        try {
            if (roots.isLeader(root.leader())) {
                Signals.sendToGroup(root.leader(), signal);
            }
        } finally {
            collecting.unlock();
        }
    }

    /** Orphans that live. Those that have ended are collected. */
    List<ProcessTable.Entry> orphans() {
        return kill(_ -> false).others;
    }

    /**
     * Orphans at one moment.
     *
     * @param killed those that were asked for
     * @param others the rest
     */
    record Orphans(List<ProcessTable.Entry> killed, List<ProcessTable.Entry> others) {}

    /** Kills orphans together with their groups, so that none gets away by starting another. */
    Orphans kill(Predicate<ProcessTable.Entry> isMeant) {
        collecting.lock();
        try {
            var orphans = new Orphans(new ArrayList<>(), new ArrayList<>());
            for (var orphan : livingOrphans()) {
                if (isMeant.test(orphan)) {
                    killWithGroup(orphan);
                    orphans.killed.add(orphan);
                } else {
                    orphans.others.add(orphan);
                }
            }
            seen = orphans.killed.size() + orphans.others.size();
            return orphans;
        } finally {
            collecting.unlock();
        }
    }

    /** How many orphans there were at the last look. */
    int seen() {
        return seen;
    }

    private List<ProcessTable.Entry> livingOrphans() {
        var pids = ProcessTable.childrenOfFirstThread();
        // Looked up after the children: a leader among them is known as such by now, or its start is not over.
        boolean mayHaveUnknownLeader = roots.isStarting();
        var living = new ArrayList<ProcessTable.Entry>();
        var ended = new ArrayList<ProcessTable.Entry>();
        for (int pid : pids) {
            if (!roots.isLeader(pid)) {
                ProcessTable.find(pid).ifPresent(entry -> (entry.isEnded() ? ended : living).add(entry));
            }
        }
        collectEndedOfRuns(ended);
        if (!mayHaveUnknownLeader) {
            collectEnded(ended);
        }
        return living;
    }

    /**
     * Whoever is in the session of a run was started by it, so that nobody in this process waits for it. Who leads a session
     * may have become known as a leader just now.
     */
    private void collectEndedOfRuns(List<ProcessTable.Entry> ended) {
        ended.removeIf(orphan -> orphan.session() != orphan.pid()
                && roots.ofSession(orphan).isPresent()
                && LibC.reap(orphan.pid()) >= 0);
    }

    private void collectEnded(List<ProcessTable.Entry> ended) {
        endedSince.keySet().retainAll(ended);
        long now = System.nanoTime();
        for (var orphan : ended) {
            long since = endedSince.computeIfAbsent(orphan, _ -> now);
            if (now - since >= others.keptAfterEnd().toNanos()) {
                LibC.reap(orphan.pid());
            }
        }
    }

    /** Whoever is in a session that began below a run descends from it; in the session of this process anybody may be. */
    private void killWithGroup(ProcessTable.Entry orphan) {
        if (orphan.session() != ownSession) {
            Signals.sendToGroup(orphan.group(), Signals.KILL);
        }
        LibC.kill(orphan.pid(), Signals.KILL);
    }
}
