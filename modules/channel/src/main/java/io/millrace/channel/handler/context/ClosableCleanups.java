package io.millrace.channel.handler.context;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.Cleanups;

/** The cleanup tasks of the channel, for one attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ClosableCleanups extends Cleanups {

    /** Ends the attempt: from here on every call fails. */
    void close();
}
