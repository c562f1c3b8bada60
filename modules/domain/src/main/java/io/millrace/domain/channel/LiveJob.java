package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.resource.NotedResources;
import org.jspecify.annotations.Nullable;

/**
 * A job that has not ended. Each form carries exactly what is true in it; every form shares the immutable
 * {@link SubmittedJob}, so a queued job costs a few hundred bytes at most. Which command leads where is drawn in
 * {@code LiveJob.puml} beside this file.
 */
public sealed interface LiveJob {
    SubmittedJob submitted();

    /** When the job was first accepted, in milliseconds since the epoch. */
    long createdAtMillis();

    /** Attempts it has had, the running one included. */
    int attempts();

    /** Epoch of its latest attempt, 0 before the first. */
    long epoch();

    /** Place among the jobs of its priority, kept over attempts: lower goes first. */
    long order();

    JobState state();

    default JobId id() {
        return submitted().id();
    }

    /**
     * Waits for a slot or for its time.
     *
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

        /** @param host identity of the process host of the owner, absent if it is not known */
        Running started(ChannelEvent.AttemptStarted event, @Nullable String host) {
            return new Running(
                    submitted,
                    createdAtMillis,
                    event.number(),
                    event.epoch(),
                    order,
                    event.node(),
                    host,
                    event.at(),
                    0,
                    null);
        }

        EndedJob ended(ChannelEvent.JobsEnded event) {
            return new EndedJob(
                    submitted,
                    createdAtMillis,
                    attempts,
                    epoch,
                    null,
                    0,
                    event.at(),
                    event.state(),
                    null,
                    null,
                    null,
                    event.error());
        }
    }

    /**
     * An attempt has started and has not ended.
     *
     * @param attempts number of the running attempt
     * @param epoch its epoch
     * @param node that started it, or took it over since
     * @param host identity of the process host of that node; absent if it was started before that was recorded
     * @param cancelRequestedAtMillis when somebody asked for it to be cancelled, 0 if nobody did
     * @param noted resources it had held for some time when they were noted last, absent if there were none
     */
    record Running(
            SubmittedJob submitted,
            long createdAtMillis,
            int attempts,
            long epoch,
            long order,
            String node,
            @Nullable String host,
            long startedAtMillis,
            long cancelRequestedAtMillis,
            @Nullable NotedResources noted)
            implements LiveJob {
        @Override
        public JobState state() {
            return JobState.RUNNING;
        }

        public boolean wasCancelRequested() {
            return cancelRequestedAtMillis != 0;
        }

        Running cancelRequested(long atMillis) {
            return new Running(
                    submitted, createdAtMillis, attempts, epoch, order, node, host, startedAtMillis, atMillis, noted);
        }

        /** @param newHost identity of the process host of the new owner, absent if it is not known */
        Running adopted(ChannelEvent.AttemptAdopted event, @Nullable String newHost) {
            return new Running(
                    submitted,
                    createdAtMillis,
                    attempts,
                    epoch,
                    order,
                    event.node(),
                    newHost,
                    startedAtMillis,
                    cancelRequestedAtMillis,
                    noted);
        }

        Running noted(ChannelEvent.ResourcesNoted event) {
            NotedResources held =
                    event.resources().isEmpty() ? null : new NotedResources(event.at(), event.resources());
            return new Running(
                    submitted,
                    createdAtMillis,
                    attempts,
                    epoch,
                    order,
                    node,
                    host,
                    startedAtMillis,
                    cancelRequestedAtMillis,
                    held);
        }

        Waiting waitingAgain(ChannelEvent.AttemptEnded event) {
            long dueAt = event.retryAtMillis() > event.at() ? event.retryAtMillis() : 0;
            return new Waiting(submitted, createdAtMillis, attempts, epoch, order, dueAt, event.at());
        }

        EndedJob ended(ChannelEvent.AttemptEnded event) {
            AttemptOutcome outcome = event.outcome();
            return new EndedJob(
                    submitted,
                    createdAtMillis,
                    attempts,
                    epoch,
                    node,
                    startedAtMillis,
                    event.at(),
                    event.next(),
                    outcome.exitCode(),
                    outcome.signal(),
                    outcome.resultJson(),
                    outcome.error());
        }
    }
}
