package io.millrace.channel.process;

import io.millrace.contracts.Problem;

/** Hears what becomes of a process. Each method is called at most once, from any thread, and must not block. */
interface ProcessListener {
    void started(RunningProcess process);

    /** Called instead of the other two. */
    void notStarted(Problem problem);

    /** It has ended, the rest of its group was killed, and its output was handed over. */
    void ended(ExitStatus status);
}
