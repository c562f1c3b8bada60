package io.millrace.contracts.handler;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.Cleanups;
import io.millrace.contracts.lock.Locks;
import io.millrace.contracts.process.Processes;
import io.millrace.contracts.resource.Resources;
import io.millrace.contracts.thread.Threads;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a handler sees of its attempt. May be used from any thread until the attempt ends; afterwards calls do nothing. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface JobContext {

    ChannelName channel();

    JobId job();

    /** Number of this attempt, 1 for the first; 0 in a thread that belongs to no job. */
    int attempt();

    /**
     * Fencing epoch of this attempt. Hand it to every external system that can compare it: a later attempt of the same
     * job has a higher one.
     */
    long epoch();

    /** The job's input: a JSON value as plain Java (map, list, string, number, boolean or null). */
    @Nullable Object input();

    /**
     * The trace the job was submitted in, as the value of a W3C {@code traceparent} header; null if the request carried
     * no valid one. Pass it on with calls to other systems. Every attempt of a job has the same.
     */
    @Nullable String traceparent();

    /** True once the attempt should stop: cancelled, timed out, or its channel is going away. */
    boolean isCancelled();

    /**
     * Waits until the attempt should stop, so that a handler with nothing to do until then, or until some time has passed,
     * ends as soon as it is asked to. Holds the calling thread: for threads of the handler only.
     *
     * @param atMost longest wait; zero or less only looks
     * @return as {@link #isCancelled()} after the wait
     * @throws InterruptedException if the thread is interrupted meanwhile, which follows when asking was not enough
     */
    boolean awaitCancellation(Duration atMost) throws InterruptedException;

    /** Further threads of the channel; each is asked to end when this attempt ends. */
    Threads threads();

    /** Locks of the channel. Whatever this attempt holds is released when it ends. */
    Locks locks();

    /** Resources of the channel: memory, and what its limits count. Whatever this attempt holds goes back when it ends. */
    Resources resources();

    /** Cleanup tasks of the channel. They outlive this attempt. */
    Cleanups cleanup();

    /** Services and commands of the channel. They outlive this attempt; its listeners to their output do not. */
    Processes processes();

    /** Writes one line of output; longer text is split at line ends. Lines beyond the attempt's quota are dropped and counted. */
    void log(String text);

    /**
     * Reports how far the attempt has come. Frequent calls are merged.
     *
     * @param completed units done, not negative
     * @param total units in all, or null to keep what the job said
     * @param phase what is being done, for a person
     */
    void progress(long completed, @Nullable Long total, String phase);

    /**
     * Publishes an event of type {@code type} in the channel, best effort.
     *
     * @param data strings, numbers and booleans by name, at most 16 KiB in all
     */
    void publish(String type, Map<String, Object> data);
}
