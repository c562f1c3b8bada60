package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;

/**
 * An attempt as the channel hands it over, after its start is stored.
 *
 * @param kind what the specification asks for
 * @param priority class in which it waits for a slot
 * @param spec the job's specification as stored JSON. Not copied: nobody writes into it
 * @param timeoutMillis longest run, at least 1
 * @param startedAt when its start was decided
 */
public record Attempt(
        AttemptId id, JobKind kind, ThreadPriority priority, byte[] spec, long timeoutMillis, Instant startedAt) {

    /** The class of threads with which a job's attempts compete for slots. */
    public static ThreadPriority classOf(Priority priority) {
        return switch (priority) {
            case HIGH -> ThreadPriority.SYSTEM;
            case MEDIUM -> ThreadPriority.PROCESSING;
            case LOW -> ThreadPriority.MONITORING;
        };
    }
}
