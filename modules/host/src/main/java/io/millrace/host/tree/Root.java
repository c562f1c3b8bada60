package io.millrace.host.tree;

import io.millrace.host.limits.ControlGroup;
import io.millrace.host.system.ProcessTable;
import org.jspecify.annotations.Nullable;

/**
 * Where the tree of a run begins.
 *
 * @param cookie mark of the run
 * @param leader process id, group and session of the command itself; nobody else can have it until it is collected
 * @param group control group of the run, absent without one
 */
record Root(String cookie, int leader, @Nullable ControlGroup group) {

    boolean isLeader(ProcessTable.Entry process) {
        return process.pid() == leader;
    }

    /** True for a process that neither left the session nor the group. */
    boolean isInSession(ProcessTable.Entry process) {
        return process.session() == leader || process.group() == leader;
    }

    boolean isInControlGroup(ProcessTable.Entry process) {
        return group != null && group.processes().contains(process.pid());
    }

    /** True unless the process is older than the command. */
    boolean mayHaveStarted(ProcessTable.Entry process) {
        return ProcessTable.find(leader)
                .map(entry -> entry.startTicks() <= process.startTicks())
                .orElse(false);
    }
}
