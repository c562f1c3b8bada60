package io.millrace.channel.thread;

import io.millrace.contracts.ThreadSafety;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** The end of everything that runs in a channel, from the time it was asked for until threads may start again. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ClosingThreads {
    /** Who waits until all have ended. */
    final List<ActorRef<ThreadManager.AllEnded>> waiters = new ArrayList<>();
    /** Processes that nothing can end, for people. Handlers that would not end are known by their slots. */
    final List<String> notGone = new ArrayList<>();
    /** How many were asked to end. */
    int threads;
}
