package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way into every channel of the cluster, from any node. A stage fails with
 * {@link io.millrace.contracts.MillraceException} only; {@code UNAVAILABLE} and {@code TIMEOUT} mean the outcome is
 * unknown, and the same idempotency key finds it out.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Channels {

    /** Creates the channel or replaces its specification. */
    CompletionStage<PutChannel> put(ChannelName channel, ChannelSpec spec);

    CompletionStage<ChannelView> channel(ChannelName channel);

    /** Channels by name. */
    CompletionStage<Page<ChannelView>> channels(int pageSize, @Nullable String pageToken);

    CompletionStage<ChannelView> pause(ChannelName channel);

    CompletionStage<ChannelView> resume(ChannelName channel);

    CompletionStage<ChannelView> drain(ChannelName channel);

    /** Cancels every waiting job; the stage gives how many there were. */
    CompletionStage<Integer> purge(ChannelName channel);

    /** Starts the removal of a channel; it is gone once {@link #channel} fails with NOT_FOUND. */
    CompletionStage<ChannelDeletion> delete(ChannelName channel);

    /** A deletion that goes on or was completed within the last {@link io.millrace.domain.Limits#DELETIONS_KEPT}. */
    CompletionStage<ChannelDeletion> deletion(ChannelDeletion.Reference deletion);

    /** Accepts a job; when the stage completes it is durable. */
    CompletionStage<Submission> submit(ChannelName channel, JobSpec job, @Nullable IdempotencyKey key);

    /** Accepts all jobs or none; when the stage completes they are durable. */
    CompletionStage<BatchSubmission> submitAll(ChannelName channel, List<JobSpec> jobs, @Nullable IdempotencyKey key);

    CompletionStage<JobView> job(ChannelName channel, JobId job);

    /** Jobs of one channel or of all, newest first. A list of one channel shows what was committed before it was asked for. */
    CompletionStage<Page<JobView>> jobs(JobQuery query);

    CompletionStage<List<AttemptView>> attempts(ChannelName channel, JobId job);

    /** Cancels a job. A running one has ended only when its state says so. */
    CompletionStage<JobView> cancel(ChannelName channel, JobId job);

    /** Runs a failed, cancelled or lost job again as the same job. */
    CompletionStage<JobView> retry(ChannelName channel, JobId job);

    /** The job once it has ended, or as it is when the time is up. */
    CompletionStage<JobView> awaitEnd(ChannelName channel, JobId job, Duration timeout);

    /**
     * Lines behind the query's cursor. Those of a process are complete once it has ended, until somebody starts it again.
     *
     * @param wait how long to wait for a first line if none is there; zero answers at once
     */
    CompletionStage<LogPage> logs(LogQuery query, Duration wait);

    /**
     * Removes the lines that are there now, and not those that come meanwhile. Completes once none of them is stored; a
     * removal that takes longer than the caller is answered goes on.
     *
     * @param process that wrote them, absent for all of the channel
     * @return bytes that were removed, as they were stored
     */
    CompletionStage<Long> removeLogs(ChannelName channel, @Nullable JobId process);

    /**
     * Events behind a cursor, oldest first.
     *
     * @param job absent for all jobs and the channel itself
     * @param types event types to show, empty for all
     * @param wait how long to wait for a first event if none is there; zero answers at once
     */
    CompletionStage<EventPage> events(
            ChannelName channel, @Nullable JobId job, Set<String> types, EventCursor after, int limit, Duration wait);

    /** Threads of channels. */
    ChannelThreads threads();

    /** Locks of channels. */
    ChannelLocks locks();

    /** Resources of channels. */
    ChannelResources resources();

    /** Cleanup tasks of channels. */
    ChannelCleanups cleanups();

    /** Services and commands of channels. */
    ChannelProcesses processes();

    /**
     * @param created false if the channel was there already and its specification was replaced
     */
    record PutChannel(ChannelView channel, boolean created) {}

    /**
     * What a caller names a request by, so that sending it twice has the effect of once.
     *
     * @param key chosen by the caller, at most 255 characters
     * @param bodyHash digest of the request body; another body under the same key is refused
     */
    record IdempotencyKey(String key, String bodyHash) {}

    /**
     * @param replayed true if the job was accepted by an earlier request with the same key
     */
    record Submission(JobView job, boolean replayed) {}

    /**
     * @param jobs in the order of the request
     * @param replayed true if the jobs were accepted by an earlier request with the same key
     */
    record BatchSubmission(List<AcceptedJob> jobs, boolean replayed) {
        public BatchSubmission {
            jobs = List.copyOf(jobs);
        }
    }

    /** A job of a batch as it was accepted. */
    record AcceptedJob(JobId id, JobState state, Instant createdAt) {}
}
