package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.resource.NotedResource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Something a channel is asked to decide. */
public sealed interface ChannelCommand {

    /** A user's wish about a channel that must exist already. */
    sealed interface OfExisting extends ChannelCommand {}

    /** Create the channel or replace its specification. */
    record Put(ChannelSpec spec) implements ChannelCommand {}

    record Pause() implements OfExisting {}

    record Resume() implements OfExisting {}

    record Drain() implements OfExisting {}

    /** Cancel every job that waits. */
    record Purge() implements OfExisting {}

    /** Remove the channel once its running jobs have ended and it is cleaned up. Asking again changes nothing. */
    record Delete() implements OfExisting {}

    /** A channel that is going away has been cleaned up: nothing of it is left. Changes nothing while anything runs. */
    record CompleteDeletion() implements ChannelCommand {}

    /**
     * Make this node the owner. Attempts of an earlier owner go on if the process host of this node has their process, and
     * are cut off otherwise. Of these, those that leave something behind go on until somebody has cleaned up behind them and
     * says so with {@link EndAttempt}.
     *
     * @param host identity of the process host of the node
     * @param heldEpochs epochs of the attempts whose process that host runs, or of which it knows how it ended
     */
    record TakeOwnership(String node, String host, Set<Long> heldEpochs) implements ChannelCommand {
        public TakeOwnership {
            heldEpochs = Set.copyOf(heldEpochs);
        }
    }

    /**
     * Accept all of these jobs or none.
     *
     * @param jobs 1 to {@link io.millrace.domain.Limits#BATCH_JOBS_MAX}
     * @param idempotencyKey key the caller gave, absent if none; already looked up in the read model
     * @param bodyHash digest of the request body that came with the key
     */
    record Submit(
            List<SubmittedJob> jobs,
            @Nullable String idempotencyKey,
            @Nullable String bodyHash) implements OfExisting {
        public Submit {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * Start queued jobs, best first.
     *
     * @param freeSlots how many may start now
     */
    record StartNext(int freeSlots, String node) implements ChannelCommand {}

    /** An attempt has ended and everything it held is returned. */
    record EndAttempt(JobId job, long epoch, AttemptOutcome outcome) implements ChannelCommand {}

    /** Cancel a job, waiting or running. */
    record Cancel(JobId job) implements OfExisting {}

    /**
     * Run an ended job again.
     *
     * @param ended the job as it ended
     */
    record Retry(EndedJob ended) implements OfExisting {}

    /** Let time pass: scheduled jobs become due, queued ones may have waited too long. */
    record Elapse() implements ChannelCommand {}

    /** Publish an event of a handler. */
    record Publish(JobId job, String type, String dataJson) implements ChannelCommand {}

    /** Publish an event of a thread that belongs to no job. */
    record PublishFromThread(JobId thread, String type, String dataJson) implements ChannelCommand {}

    /**
     * Record leases that the lock manager granted or ended.
     *
     * @param incarnation in which it decided so; what an earlier one decided changes nothing
     * @param changes in the order in which they were decided
     */
    record ChangeLocks(long incarnation, List<LockChange> changes) implements ChannelCommand {
        public ChangeLocks {
            changes = List.copyOf(changes);
        }
    }

    /**
     * Record what running attempts have held for some time.
     *
     * @param incarnation in which they hold it; what was seen in an earlier one changes nothing
     */
    record NoteResources(long incarnation, List<AttemptResources> attempts) implements ChannelCommand {
        public NoteResources {
            attempts = List.copyOf(attempts);
        }
    }

    /** @param resources that one attempt holds, none if it has given back what was noted before */
    record AttemptResources(JobId job, long epoch, List<NotedResource> resources) {
        public AttemptResources {
            resources = List.copyOf(resources);
        }
    }

    /**
     * Record what the cleanup manager decided.
     *
     * @param incarnation in which it decided so; what an earlier one decided changes nothing
     * @param changes in the order in which they were decided
     */
    record ChangeCleanups(long incarnation, List<CleanupChange> changes) implements ChannelCommand {
        public ChangeCleanups {
            changes = List.copyOf(changes);
        }
    }

    /**
     * Record what the service manager decided. Runs that start are given their epochs.
     *
     * @param incarnation in which it decided so; what an earlier one decided changes nothing
     * @param changes in the order in which they were decided
     */
    record ChangeProcesses(long incarnation, List<ProcessChange> changes) implements ChannelCommand {
        public ChangeProcesses {
            changes = List.copyOf(changes);
        }
    }
}
