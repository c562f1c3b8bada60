package io.millrace.domain.port;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lists, filters and history, written in batches from the journal. Replaying what was already applied changes nothing:
 * each channel's position is stored in the same transaction as its rows.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ReadModel {
    /**
     * Applies runs of entries of several channels in one transaction. Entries at or below a channel's position are
     * skipped.
     *
     * @throws IllegalStateException if entries between the stored position and a run are missing
     */
    void apply(List<ChannelHistory> histories);

    /** Sequence number of the last applied entry of a channel, 0 if none was. */
    long position(ChannelName channel);

    /** Positions of several channels; channels without one are absent. */
    Map<ChannelName, Long> positions(List<ChannelName> channels);

    Optional<JobView> job(ChannelName channel, JobId job);

    /** Where the job of this id lives, for requests that name no channel. */
    Optional<JobView> job(JobId job);

    /**
     * Jobs, newest first.
     *
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT for a page token this list did not give out
     */
    Page<JobView> jobs(JobQuery query);

    /** Attempts of a job, oldest first; empty if the job is unknown or has had none. */
    List<AttemptView> attempts(ChannelName channel, JobId job);

    /** What was accepted under an idempotency key, while the key is kept. */
    Optional<IdempotentSubmission> idempotent(ChannelName channel, String key);

    boolean channelExists(ChannelName channel);

    Optional<ChannelView> channel(ChannelName channel);

    /** A deletion that is complete, while it is kept. */
    Optional<ChannelDeletion> deletion(ChannelDeletion.Reference deletion);

    /** Channels by name; deleted ones are absent. */
    Page<ChannelView> channels(int pageSize, @Nullable String pageToken);

    /**
     * Channels that must be awake: they have live jobs, are being deleted, or their journal is ahead of the read
     * model. At most {@code limit}, in name order behind {@code after}.
     */
    List<ChannelName> channelsWithWork(@Nullable ChannelName after, int limit);

    /** Forgets ended jobs and idempotency keys that are older than they need be kept; returns rows removed. */
    int removeExpired(int rowsMax);

    /**
     * A submission that carried an idempotency key.
     *
     * @param bodyHash digest of its body
     * @param jobs ids of its jobs, in order
     */
    record IdempotentSubmission(String bodyHash, List<JobId> jobs) {
        public IdempotentSubmission {
            jobs = List.copyOf(jobs);
        }
    }
}
