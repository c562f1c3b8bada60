package io.millrace.channel.handler.context;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.Processes;

/** The services and commands of the channel, for one attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ClosableProcesses extends Processes {

    /** Ends the attempt: from here on every call fails, and its listeners hear nothing more. */
    void close();
}
