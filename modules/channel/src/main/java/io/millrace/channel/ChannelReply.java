package io.millrace.channel;

import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a channel answers. Nothing is answered that is not stored. */
sealed interface ChannelReply extends WireMessage {

    /** It was not done, and this is why. */
    record Refused(Problem problem) implements ChannelReply {}

    /**
     * @param isCreated true if the command brought the channel into being
     */
    record ChannelShown(ChannelView channel, boolean isCreated) implements ChannelReply {}

    /** The channel is being deleted, or was a moment ago. */
    record Deleting(ChannelDeletion deletion) implements ChannelReply {}

    /** No such deletion goes on. */
    record NotDeleting() implements ChannelReply {}

    /** So many waiting jobs were cancelled. */
    record Purged(int jobs) implements ChannelReply {}

    /** All jobs of the submission are stored. */
    record Accepted(long atMillis) implements ChannelReply {}

    /** An earlier submission under the same idempotency key created these jobs. */
    record Replayed(List<KnownJob> jobs) implements ChannelReply {
        public Replayed {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * @param state absent if only the read model knows it
     */
    record KnownJob(JobId id, @Nullable JobState state) {}

    record JobShown(JobView job) implements ChannelReply {}

    /** The job is not in the channel's memory: it ended a while ago, or never was. */
    record JobNotHeld() implements ChannelReply {}

    /**
     * The channel does not hold the job: read it in the read model, from now on, and ask again with it.
     *
     * @param mark what to send along, so that the channel knows whether the job was retried in between
     */
    record LookUpToRetry(RecentRetries.Mark mark) implements ChannelReply {}

    /** The read model has everything that was stored before it was asked for. */
    record ReadModelCurrent() implements ChannelReply {}

    /** The channel is in memory and looks after its jobs. */
    record Awake() implements ChannelReply {}
}
