package io.millrace.contracts;

import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.JobSpec;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into the JSON text that is stored and shown, and back. What is stored today must be readable by every
 * later version: unknown fields are ignored on reading and absent ones take their defaults.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ValueCodec {
    /**
     * UTF-8 JSON of a job specification in the form of the HTTP contract, with its {@code traceparent} as one more field;
     * what has its default is left out.
     */
    byte[] encodeJobSpec(JobSpec spec);

    JobSpec decodeJobSpec(byte[] json);

    /** UTF-8 JSON of a registered cleanup task in the form of the HTTP contract; what has its default is left out. */
    byte[] encodeCleanupTask(CleanupTask task);

    CleanupTask decodeCleanupTask(byte[] json);

    /** JSON text of an execution of a cleanup in the form of the HTTP contract. */
    String encodeCleanupResult(CleanupResult result);

    String encodeChannelSpec(ChannelSpec spec);

    ChannelSpec decodeChannelSpec(String json);

    String encodeProblem(Problem problem);

    Problem decodeProblem(String json);

    /**
     * JSON text of a plain value: map, list, string, number, boolean or null.
     *
     * @throws IllegalArgumentException if the value, or a part of it, is anything else
     */
    String encodeValue(@Nullable Object value);

    @Nullable Object decodeValue(String json);
}
