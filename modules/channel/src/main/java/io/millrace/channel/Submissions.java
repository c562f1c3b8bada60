package io.millrace.channel;

import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.Violation;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.RetryPolicy;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.JobPolicy;
import io.millrace.domain.channel.SubmittedJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what users submit into what a channel stores, and back into what users see. */
final class Submissions {
    private static final String COMPONENT = "Channel";

    private final ValueCodec codec;
    private final JobIds ids;

    Submissions(ValueCodec codec, JobIds ids) {
        this.codec = codec;
        this.ids = ids;
    }

    /**
     * Gives each job an id and the form it is stored in.
     *
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT if the batch, a job or the key is too large
     */
    List<SubmittedJob> accept(List<JobSpec> specs, @Nullable IdempotencyKey key) {
        checkBatch(specs.size());
        checkKey(key);
        List<SubmittedJob> jobs = new ArrayList<>(specs.size());
        for (JobSpec spec : specs) {
            byte[] json = codec.encodeJobSpec(spec);
            checkSize(sizeForUser(spec, json), jobs.size(), specs.size());
            jobs.add(submitted(ids.next(), spec, json));
        }
        return jobs;
    }

    /** An ended job as the read model shows it, in the form the rules need to run it again. */
    EndedJob ended(JobView job) {
        byte[] json = job.specJson().getBytes(StandardCharsets.UTF_8);
        return new EndedJob(
                submitted(job.id(), codec.decodeJobSpec(json), json),
                job.createdAt().toEpochMilli(),
                job.attempt(),
                job.epoch(),
                job.node(),
                millis(job.startedAt()),
                millis(job.endedAt()),
                job.state(),
                job.exitCode(),
                job.signal(),
                job.resultJson(),
                job.error());
    }

    static JobState stateWhenAccepted(SubmittedJob job, long atMillis) {
        return job.notBeforeMillis() > atMillis ? JobState.SCHEDULED : JobState.QUEUED;
    }

    /** A job as it was at the moment it was accepted. */
    static JobView accepted(ChannelName channel, SubmittedJob job, long atMillis) {
        JobState state = stateWhenAccepted(job, atMillis);
        Instant at = Instant.ofEpochMilli(atMillis);
        Condition waits = state == JobState.SCHEDULED
                ? new Condition(
                        "NotYetDue",
                        "Starts at " + Instant.ofEpochMilli(job.notBeforeMillis()) + " at the earliest.",
                        at)
                : new Condition("WaitingForSlot", "Was accepted and waits for a slot.", at);
        return JobViews.accepted(channel, job, state, at, waits);
    }

    private static SubmittedJob submitted(JobId id, JobSpec spec, byte[] json) {
        Instant notBefore = spec.notBefore();
        return new SubmittedJob(
                id,
                spec.work().kind(),
                spec.name(),
                spec.priority(),
                notBefore == null ? 0 : Math.max(0, notBefore.toEpochMilli()),
                policy(spec),
                spec.labels(),
                json);
    }

    private static JobPolicy policy(JobSpec spec) {
        RetryPolicy retry = spec.retry();
        return new JobPolicy(
                millis(spec.timeout()),
                millis(spec.queueTimeout()),
                retry.maxAttempts(),
                retry.initialDelay().toMillis(),
                retry.factor(),
                retry.maxDelay().toMillis(),
                retry.jitter(),
                retry.noRetryExitCodes(),
                spec.delivery(),
                !spec.cleanup().isEmpty());
    }

    /** Never 0 for a time that was given: 0 means none. */
    private static long millis(@Nullable Duration duration) {
        return duration == null ? 0 : Math.max(1, duration.toMillis());
    }

    private static long millis(@Nullable Instant instant) {
        return instant == null ? 0 : instant.toEpochMilli();
    }

    private static void checkBatch(int jobs) {
        if (jobs == 0 || jobs > Limits.BATCH_JOBS_MAX) {
            throw Problem.invalid(
                            COMPONENT,
                            "A batch has 1 to " + Limits.BATCH_JOBS_MAX + " jobs, and this one has " + jobs
                                    + ". Nothing was accepted. Send it in several batches.",
                            List.of(new Violation("jobs", "must have 1 to " + Limits.BATCH_JOBS_MAX + " elements")))
                    .asException();
        }
    }

    private static void checkKey(@Nullable IdempotencyKey key) {
        if (key != null && (key.key().isEmpty() || key.key().length() > Limits.IDEMPOTENCY_KEY_CHARS_MAX)) {
            throw Problem.invalid(
                            COMPONENT,
                            "The Idempotency-Key has " + key.key().length() + " characters; 1 to "
                                    + Limits.IDEMPOTENCY_KEY_CHARS_MAX
                                    + " are allowed. Use a shorter key, such as a UUID.",
                            List.of(new Violation(
                                    "Idempotency-Key",
                                    "must have 1 to " + Limits.IDEMPOTENCY_KEY_CHARS_MAX + " characters")))
                    .asException();
        }
    }

    /** Bytes of what the user wrote: a header that is passed on must not make a job too large. */
    private int sizeForUser(JobSpec spec, byte[] json) {
        return json.length <= Limits.JOB_SPEC_BYTES_MAX || spec.traceparent() == null
                ? json.length
                : codec.encodeJobSpec(spec.withTraceparent(null)).length;
    }

    private static void checkSize(int bytes, int index, int jobs) {
        if (bytes > Limits.JOB_SPEC_BYTES_MAX) {
            String field = jobs == 1 ? "job" : "jobs[" + index + "]";
            throw Problem.invalid(
                            COMPONENT,
                            "The specification of " + field + " takes " + bytes + " bytes as JSON, and "
                                    + Limits.JOB_SPEC_BYTES_MAX
                                    + " are allowed. Nothing was accepted. Put large input where the job can read it and "
                                    + "send a reference.",
                            List.of(new Violation(
                                    field, "must not take more than " + Limits.JOB_SPEC_BYTES_MAX + " bytes as JSON")))
                    .asException();
        }
    }
}
