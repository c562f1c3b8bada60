package io.millrace.contracts.handler;

import io.millrace.contracts.ThreadSafety;
import org.jspecify.annotations.Nullable;

/**
 * Java code that runs as a job. Found through {@link java.util.ServiceLoader}, on the class path or in a jar of the
 * node's {@code handlers} directory. One instance serves every attempt, also at the same time.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface JobHandler {

    /** Name that a job's {@code handler.name} refers to; unique on a node. */
    String name();

    /** One sentence for people, shown where handlers are listed. */
    default String description() {
        return "";
    }

    /**
     * Runs one attempt on a thread of its own. It should return soon after {@link JobContext#isCancelled()} turns true
     * or its thread is interrupted.
     *
     * @return the result: a JSON value as plain Java (map, list, string, number, boolean or null), at most 256 KiB as
     *     text
     * @throws Exception any exception fails the attempt; its message becomes the error's detail
     */
    @Nullable Object run(JobContext context) throws Exception;
}
