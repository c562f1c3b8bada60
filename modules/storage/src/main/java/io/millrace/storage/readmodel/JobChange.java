package io.millrace.storage.readmodel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.channel.SubmittedJob;
import org.jspecify.annotations.Nullable;

/**
 * Everything a batch of events does to one job, folded into what its row has to become. A job that was submitted within
 * the batch becomes one insert, any other one update.
 */
final class JobChange {
    private final JobId id;
    private final long channelKey;

    /** Present if the batch tells everything about the job from its first event on. */
    private final @Nullable SubmittedJob submitted;

    private final long createdAtMillis;

    /** Attempts the job had before the batch, where no row of it can tell. */
    private final int formerAttempts;

    /** Epoch of the last of them, 0 for none. */
    private final long formerEpoch;

    private JobState state;

    /** When the job ended, 0 while it has not. */
    private long endedAtMillis;

    /** The latest attempt the batch speaks of, absent if it speaks of none. */
    private @Nullable AttemptRow attempt;

    /** Why the job ended without a further attempt. */
    private @Nullable Problem endedWithout;

    private JobChange(
            JobId id,
            long channelKey,
            @Nullable SubmittedJob submitted,
            long createdAtMillis,
            int formerAttempts,
            long formerEpoch,
            JobState state) {
        this.id = id;
        this.channelKey = channelKey;
        this.submitted = submitted;
        this.createdAtMillis = createdAtMillis;
        this.formerAttempts = formerAttempts;
        this.formerEpoch = formerEpoch;
        this.state = state;
    }

    static JobChange ofSubmitted(SubmittedJob job, long channelKey, long atMillis, JobState state) {
        return new JobChange(job.id(), channelKey, job, atMillis, 0, 0, state);
    }

    static JobChange ofStored(JobId id, long channelKey, JobState state) {
        return new JobChange(id, channelKey, null, 0, 0, 0, state);
    }

    /** The row of a job that runs again, in case retention removed it between the decision and now. */
    static JobChange ofRemoved(BatchFold.RetriedJob job) {
        return new JobChange(
                job.job().id(),
                job.channelKey(),
                job.job(),
                job.createdAtMillis(),
                job.attempts(),
                job.epoch(),
                JobState.QUEUED);
    }

    void become(JobState next) {
        state = next;
        endedAtMillis = 0;
    }

    void end(JobState next, long atMillis) {
        state = next;
        endedAtMillis = atMillis;
    }

    void endWithout(JobState next, long atMillis, @Nullable Problem why) {
        end(next, atMillis);
        endedWithout = why;
    }

    void attempt(AttemptRow latest) {
        attempt = latest;
    }

    JobId id() {
        return id;
    }

    long channelKey() {
        return channelKey;
    }

    @Nullable SubmittedJob submitted() {
        return submitted;
    }

    long createdAtMillis() {
        return createdAtMillis;
    }

    JobState state() {
        return state;
    }

    @Nullable Long endedAtMillis() {
        return endedAtMillis == 0 ? null : Long.valueOf(endedAtMillis);
    }

    @Nullable AttemptRow attempt() {
        return attempt;
    }

    AttemptRow.@Nullable Start start() {
        return attempt == null ? null : attempt.start();
    }

    AttemptRow.@Nullable End end() {
        return attempt == null ? null : attempt.end();
    }

    /** Number of the latest attempt, as far as batch and submission tell. */
    int attempts() {
        return attempt == null ? formerAttempts : attempt.number();
    }

    /** Its epoch. */
    long epoch() {
        AttemptRow.Start start = start();
        return start == null ? formerEpoch : start.epoch();
    }

    @Nullable Problem error() {
        AttemptRow.End end = end();
        return endedWithout != null || end == null ? endedWithout : end.error();
    }
}
