package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobState;

/**
 * A job that has not ended. Each form carries exactly what is true in it; every form shares the immutable
 * {@link SubmittedJob}, so a queued job costs a few hundred bytes at most.
 */
public sealed interface LiveJob {
    SubmittedJob submitted();

    /** When the job was first accepted, in milliseconds since the epoch. */
    long createdAtMillis();

    /** Attempts it has had, the running one included. */
    int attempts();

    /** Epoch of its latest attempt, 0 before the first. */
    long epoch();

    JobState state();

    default JobId id() {
        return submitted().id();
    }

    /**
     * Waits for a slot or for its time.
     *
     * @param order place among the jobs of its priority: lower goes first
     * @param dueAtMillis earliest start, 0 if it is due
     * @param waitingSinceMillis when it was accepted or its last attempt ended
     */
    record Waiting(
            SubmittedJob submitted,
            long createdAtMillis,
            int attempts,
            long epoch,
            long order,
            long dueAtMillis,
            long waitingSinceMillis)
            implements LiveJob {
        @Override
        public JobState state() {
            return dueAtMillis > 0 ? JobState.SCHEDULED : JobState.QUEUED;
        }

        Waiting due() {
            return new Waiting(submitted, createdAtMillis, attempts, epoch, order, 0, waitingSinceMillis);
        }
    }

    /**
     * An attempt has started and has not ended.
     *
     * @param attempts number of the running attempt
     * @param epoch its epoch
     * @param isCancelRequested true once somebody asked for it to be cancelled
     */
    record Running(
            SubmittedJob submitted,
            long createdAtMillis,
            int attempts,
            long epoch,
            String node,
            long startedAtMillis,
            boolean isCancelRequested)
            implements LiveJob {
        @Override
        public JobState state() {
            return JobState.RUNNING;
        }

        Running cancelRequested() {
            return new Running(submitted, createdAtMillis, attempts, epoch, node, startedAtMillis, true);
        }
    }
}
