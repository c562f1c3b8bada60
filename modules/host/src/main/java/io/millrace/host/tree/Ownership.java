package io.millrace.host.tree;

import io.millrace.host.system.ProcessTable;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells whose a process is that the kernel gave to this one. Session and group say most, for only a descendant of their
 * leader can be in them; then the control group, then the mark in the environment. A process that has neither is told by its age: it belongs to
 * the only run that is old enough to have started it, and to nobody if there is none. With several such runs nobody can
 * tell, and it lives until all but one of them have ended.
 */
final class Ownership {
    private static final int MARKS_MAX = 10_000;

    private final String hostId;
    private final OtherChildren others;
    private final Roots roots;

    Ownership(String hostId, OtherChildren others, Roots roots) {
        this.hostId = hostId;
        this.others = others;
        this.roots = roots;
    }

    /** Marks that were read, so that looking at many orphans again and again stays cheap. */
    private final Map<Integer, Mark> marks = new ConcurrentHashMap<>();

    private record Mark(long startTicks, String cookie) {}

    boolean isOf(Root root, ProcessTable.Entry orphan) {
        return ownerOf(orphan).filter(root::equals).isPresent();
    }

    /** The run a process belongs to; nothing if it belongs to none that is known, or if nobody can tell. */
    Optional<Root> ownerOf(ProcessTable.Entry orphan) {
        var bySession = roots.ofSession(orphan);
        if (bySession.isPresent()) {
            return bySession;
        }
        var cookie = cookieOf(orphan);
        if (cookie.isPresent()) {
            return roots.find(cookie.get());
        }
        if (others == OtherChildren.POSSIBLE || roots.isStarting()) {
            return Optional.empty();
        }
        var possible = roots.thatMayHaveStarted(orphan);
        return possible.size() == 1 ? Optional.of(possible.getFirst()) : Optional.empty();
    }

    private Optional<String> cookieOf(ProcessTable.Entry orphan) {
        var known = marks.get(orphan.pid());
        if (known != null && known.startTicks == orphan.startTicks()) {
            return Optional.of(known.cookie);
        }
        var cookie = cookie(orphan);
        cookie.ifPresent(value -> remember(orphan, value));
        return cookie;
    }

    private void remember(ProcessTable.Entry orphan, String cookie) {
        if (marks.size() >= MARKS_MAX) {
            marks.clear();
        }
        marks.put(orphan.pid(), new Mark(orphan.startTicks(), cookie));
    }

    /** True for what a run left behind that is over. */
    boolean isOfEndedRun(ProcessTable.Entry orphan) {
        if (roots.ofSession(orphan).isPresent()) {
            return false;
        }
        var cookie = cookie(orphan);
        if (cookie.isPresent()) {
            return !roots.isKnown(cookie.get());
        }
        return others == OtherChildren.NONE
                && !roots.isStarting()
                && roots.thatMayHaveStarted(orphan).isEmpty();
    }

    private Optional<String> cookie(ProcessTable.Entry process) {
        return RunCookie.of(process.pid()).filter(value -> RunCookie.isOfHost(value, hostId));
    }
}
