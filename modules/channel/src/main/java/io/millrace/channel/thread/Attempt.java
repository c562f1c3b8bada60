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
 * @param startedAt when its start was decided; its time limit counts from then
 * @param origin whether it begins now
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
        Origin origin,
        @Nullable Long ownedUntilNanos) {

    /** Where an attempt comes from that is handed over. */
    public enum Origin {
        /** Its start was just stored. */
        STARTED,
        /** An earlier life of its channel has started it, and the process host has its process. */
        ADOPTED
    }

    boolean isAdopted() {
        return origin == Origin.ADOPTED;
    }

    /** The class of threads with which a job's attempts compete for slots. */
    public static ThreadPriority classOf(Priority priority) {
        return switch (priority) {
            case HIGH -> ThreadPriority.SYSTEM;
            case MEDIUM -> ThreadPriority.PROCESSING;
            case LOW -> ThreadPriority.MONITORING;
        };
    }
}
