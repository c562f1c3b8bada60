package io.millrace.contracts.job;

import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.work.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A job as its user described it, defaults filled in (HTTP contract, section 3).
 *
 * @param work what to run
 * @param name for people, at most 200 characters, empty when none was given
 * @param priority order among queued jobs
 * @param timeout longest run of one attempt, absent for the channel's limit; past it the attempt is ended and the job
 *     fails with {@code TIMEOUT}
 * @param queueTimeout longest wait for a first start, absent for none; past it the job fails with {@code TIMEOUT}
 * @param notBefore earliest start, absent for at once
 * @param retry what follows a failed attempt
 * @param delivery what follows an attempt of unknown outcome
 * @param resources held for as long as an attempt runs, all or nothing
 * @param locks held for as long as an attempt runs, taken one after the other: in the order of their levels where levels
 *     are in use, else as learnt from others, else by name; at most 16
 * @param cleanup what cleans up behind every attempt, however it ends, before the attempt counts as ended; at most 50 tasks
 *     that depend on one another only
 * @param progressTotal total of the job's progress, absent when unknown
 * @param labels at most 32 pairs, keys and values at most 200 characters
 * @param traceparent the trace the job was submitted in, as the header of W3C Trace Context that came with the request,
 *     absent for none. Stored with the specification and passed on to every attempt; users neither write it into a
 *     specification nor see it there
 */
public record JobSpec(
        Work work,
        String name,
        Priority priority,
        @Nullable Duration timeout,
        @Nullable Duration queueTimeout,
        @Nullable Instant notBefore,
        RetryPolicy retry,
        Delivery delivery,
        List<ResourceRequest> resources,
        List<LockName> locks,
        List<CleanupTask> cleanup,
        @Nullable Long progressTotal,
        Map<String, String> labels,
        @Nullable String traceparent) {
    public JobSpec {
        resources = List.copyOf(resources);
        locks = List.copyOf(locks);
        cleanup = List.copyOf(cleanup);
        labels = Map.copyOf(labels);
    }

    /** A job that does this and leaves everything else at its default. */
    public static JobSpec of(Work work) {
        return new JobSpec(
                work,
                "",
                Priority.MEDIUM,
                null,
                null,
                null,
                RetryPolicy.NONE,
                Delivery.AT_LEAST_ONCE,
                List.of(),
                List.of(),
                List.of(),
                null,
                Map.of(),
                null);
    }

    /** The same job, submitted in this trace; null for none. */
    public JobSpec withTraceparent(@Nullable String traceparent) {
        if (Objects.equals(traceparent, this.traceparent)) {
            return this;
        }
        return new JobSpec(
                work,
                name,
                priority,
                timeout,
                queueTimeout,
                notBefore,
                retry,
                delivery,
                resources,
                locks,
                cleanup,
                progressTotal,
                labels,
                traceparent);
    }

    /** The same job with these tasks that clean up behind it. */
    public JobSpec withCleanup(List<CleanupTask> cleanup) {
        return new JobSpec(
                work,
                name,
                priority,
                timeout,
                queueTimeout,
                notBefore,
                retry,
                delivery,
                resources,
                locks,
                cleanup,
                progressTotal,
                labels,
                traceparent);
    }
}
