package io.millrace.channel.process;

import io.millrace.contracts.Problem;
import io.millrace.host.RunListener;

/** Hears what becomes of a process. Each method is called at most once, from any thread, and must not block. */
interface ProcessListener {
    void started(RunListener.Started started);

    /** Called instead of the other two, with the buffer of its output given back. */
    void notStarted(Problem problem);

    /** Nothing of it is left, its output was handed over, and the buffer of that given back. */
    void ended(RunListener.Ended ended);
}
