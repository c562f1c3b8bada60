package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as the channel hands it over, after its start is stored.
 *
 * @param kind what the specification asks for
 * @param priority class in which it waits for a slot
 * @param spec the job's specification as stored JSON. Not copied: nobody writes into it
 * @param timeoutMillis longest run, at least 1
 * @param startedAt when its start was decided
 * @param ownedUntilNanos until when the storing of its start makes certain that the channel belongs to this node, on the
 *     clock of {@link System#nanoTime}; absent if nothing was stored
 */
public record Attempt(
        AttemptId id,
        JobKind kind,
        ThreadPriority priority,
        byte[] spec,
        long timeoutMillis,
        Instant startedAt,
        @Nullable Long ownedUntilNanos) {

    /** The class of threads with which a job's attempts compete for slots. */
    public static ThreadPriority classOf(Priority priority) {
        return switch (priority) {
            case HIGH -> ThreadPriority.SYSTEM;
            case MEDIUM -> ThreadPriority.PROCESSING;
            case LOW -> ThreadPriority.MONITORING;
        };
    }
}
