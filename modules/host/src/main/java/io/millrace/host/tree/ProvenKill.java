package io.millrace.host.tree;

import io.millrace.host.system.ProcessDescriptor;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;

/** Kills a process that was found a moment ago, and nobody who may have got its id since. */
final class ProvenKill {
    private ProvenKill() {}

    /**
     * Looks again once the process cannot be mistaken any more: as long as a signal reaches the descriptor, what was read
     * after it was opened is about the same process. One with the same id and start time is the one that was found.
     */
    static void kill(ProcessTable.Entry found) {
        ProcessDescriptor.open(found.pid()).ifPresent(process -> {
            try (process) {
                if (ProcessTable.find(found.pid())
                        .filter(now -> now.startTicks() == found.startTicks())
                        .isPresent()) {
                    process.send(Signals.KILL);
                }
            }
        });
    }
}
