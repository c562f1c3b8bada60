package io.millrace.host.tree;

import io.millrace.host.RunKey;
import io.millrace.host.system.ProcessTable;
import java.util.Optional;

/**
 * Mark in the environment of every process of a run: {@code MILLRACE_RUN=<host id>/<run>}. It is inherited, so that a
 * process can be told to belong to a run when nothing else tells it any more. A process may take it off or show another's;
 * then it is found by its parents, its session or its control group.
 */
final class RunCookie {
    private RunCookie() {}

    /** Value of the variable. */
    static String value(String hostId, RunKey key) {
        return hostId + "/" + key;
    }

    /** The mark of a process; nothing without one, or if this process may not see its environment. */
    static Optional<String> of(int pid) {
        return ProcessTable.variable(pid, ProcessTree.COOKIE);
    }

    static boolean isOfHost(String value, String hostId) {
        return value.startsWith(hostId + "/");
    }
}
