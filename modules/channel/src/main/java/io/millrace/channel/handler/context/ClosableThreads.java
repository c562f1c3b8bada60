package io.millrace.channel.handler.context;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.thread.Threads;

/** The threads of the channel, for one attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ClosableThreads extends Threads {

    /** Ends the attempt: from here on every call fails. */
    void close();
}
