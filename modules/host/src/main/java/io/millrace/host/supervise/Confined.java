package io.millrace.host.supervise;

import io.millrace.host.system.ProcessDescriptor;
import io.millrace.host.system.ProcessTable;

/**
 * A command that is locked up in a process namespace. Numbers of processes are those of the machine.
 *
 * @param leader what was started, which leads the session and ends as the command does, but for signals
 * @param first process of the namespace, with which everything in it ends
 * @param command the command itself
 * @param process the same, to be asked how it ended; closed by whoever has this
 */
record Confined(int leader, int first, int command, ProcessDescriptor process) implements AutoCloseable {

    /**
     * How the command ended. What stays in between turns a signal into an exit code, so that the kernel is asked.
     *
     * @param ofLeader wait status of the leader, which stands where the kernel does not tell more
     */
    int waitStatus(int ofLeader) {
        return process.waitStatus().orElse(ofLeader);
    }

    /** How many processes live on in the namespace. To be asked when the leader has ended: then the command has. */
    int left() {
        boolean isFirst = ProcessTable.find(first)
                .filter(process -> process.session() == leader)
                .isPresent();
        return !isFirst
                ? 0
                : (int) ProcessTable.childrenOf(first).stream()
                        .flatMap(child -> ProcessTable.find(child).stream())
                        .filter(child -> !child.isEnded())
                        .count();
    }

    @Override
    public void close() {
        process.close();
    }
}
