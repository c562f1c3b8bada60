package io.millrace.domain.channel;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.resource.NotedResource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened in a channel and is stored for ever. {@code at} is wall-clock time in milliseconds since the
 * epoch. Records grow by adding fields that may be absent; a field never changes its meaning, a record never its name.
 */
public sealed interface ChannelEvent {
    long at();

    /** False for what no list of channels or jobs shows: it is known to the channel and its journal alone. */
    default boolean isListed() {
        return switch (this) {
            case CancelRequested _,
                    LateResultRecorded _,
                    EventPublished _,
                    LockGranted _,
                    LockReleased _,
                    ResourcesNoted _ -> false;
            case CleanupChanged changed -> changed.change().executionsBegun() != 0;
            case ProcessChanged changed -> changed.change().processesBegun() != 0;
            case ChannelCreated _,
                    ChannelChanged _,
                    ChannelPaused _,
                    ChannelResumed _,
                    ChannelDraining _,
                    ChannelDeleting _,
                    ChannelDeleted _,
                    OwnershipTaken _,
                    JobsSubmitted _,
                    JobsDue _,
                    AttemptStarted _,
                    AttemptAdopted _,
                    AttemptEnded _,
                    JobsEnded _,
                    JobRetried _ -> true;
        };
    }

    /** The channel came into being. */
    record ChannelCreated(long at, ChannelSpec spec) implements ChannelEvent {}

    /** Its specification was replaced. */
    record ChannelChanged(long at, ChannelSpec spec) implements ChannelEvent {}

    /** No further job starts. */
    record ChannelPaused(long at) implements ChannelEvent {}

    /** Jobs are accepted and start again. */
    record ChannelResumed(long at) implements ChannelEvent {}

    /** No further job is accepted. */
    record ChannelDraining(long at) implements ChannelEvent {}

    /** The channel is going away: queued jobs are cancelled, running ones end and it is cleaned up first. */
    record ChannelDeleting(long at) implements ChannelEvent {}

    /**
     * The channel is gone; its name is free for a new one.
     *
     * @param beganAt when its deletion began; 0 in what was stored before that was recorded
     * @param cleanup how it was cleaned up; absent in what was stored before that was recorded
     */
    record ChannelDeleted(long at, long beganAt, @Nullable CleanupResult cleanup) implements ChannelEvent {}

    /**
     * A node became the owner. The journal's key lets one writer win, so of two claimants one fails here.
     *
     * @param incarnation rises by one each time
     * @param host identity of the process host of that node, by which processes it left behind are told from those of
     *     another machine or data directory; absent in what was stored before that was recorded
     */
    record OwnershipTaken(
            long at,
            String node,
            long incarnation,
            @Nullable String host) implements ChannelEvent {}

    /**
     * Jobs were accepted, all of them together.
     *
     * @param idempotencyKey key the caller gave, absent if none
     * @param bodyHash digest of the request body that came with the key
     */
    record JobsSubmitted(
            long at,
            List<SubmittedJob> jobs,
            @Nullable String idempotencyKey,
            @Nullable String bodyHash) implements ChannelEvent {
        public JobsSubmitted {
            jobs = List.copyOf(jobs);
        }
    }

    /** Scheduled jobs became due and are queued now. */
    record JobsDue(long at, List<JobId> jobs) implements ChannelEvent {
        public JobsDue {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * An attempt is about to start. Stored before anything outside the channel happens for it.
     *
     * @param number 1 for the job's first attempt
     * @param epoch rises strictly within the channel
     */
    record AttemptStarted(long at, JobId job, int number, long epoch, String node) implements ChannelEvent {}

    /**
     * The attempt of an earlier owner goes on with the new one, which has its process: the same number, the same epoch, the
     * same process. Stored together with {@link OwnershipTaken}.
     *
     * @param number of the attempt
     * @param epoch of the attempt
     * @param node the new owner
     * @param startedAt when the attempt started
     */
    record AttemptAdopted(long at, JobId job, int number, long epoch, String node, long startedAt)
            implements ChannelEvent {}

    /** Somebody asked for a running job to be cancelled. Stored, so that a new owner knows. */
    record CancelRequested(long at, JobId job) implements ChannelEvent {}

    /**
     * An attempt has ended and everything it held is returned.
     *
     * @param next the job's state from here on: a terminal one, {@code SCHEDULED} if it is tried again later, or
     *     {@code QUEUED} if at once
     * @param retryAtMillis earliest start of the next attempt, 0 if there is none
     */
    record AttemptEnded(
            long at, JobId job, int number, long epoch, AttemptOutcome outcome, JobState next, long retryAtMillis)
            implements ChannelEvent {}

    /**
     * Jobs ended without a further attempt: cancelled or purged while they waited, or waited too long.
     *
     * @param state {@code CANCELLED}, {@code FAILED} (waited longer than the job's queue timeout) or {@code LOST}
     * @param reason for a person
     */
    record JobsEnded(long at, List<JobId> jobs, JobState state, String reason) implements ChannelEvent {
        public JobsEnded {
            jobs = List.copyOf(jobs);
        }

        /** What the jobs show as their error: {@code TIMEOUT} with the reason if they failed, nothing otherwise. */
        public @Nullable Problem error() {
            return state == JobState.FAILED ? Problem.of(ErrorCode.TIMEOUT, "Channel", reason) : null;
        }
    }

    /**
     * An ended job runs again as the same job.
     *
     * @param attempts attempts it has had so far
     * @param epoch epoch of its last attempt, 0 if it had none
     * @param createdAtMillis when it was first accepted
     */
    record JobRetried(long at, SubmittedJob job, int attempts, long epoch, long createdAtMillis)
            implements ChannelEvent {}

    /** A result came for an attempt that is no longer the job's current one. It changes nothing. */
    record LateResultRecorded(long at, JobId job, long epoch) implements ChannelEvent {}

    /**
     * A handler published something.
     *
     * @param job job or thread it runs for
     * @param type dotted name
     * @param dataJson its data as JSON text
     */
    record EventPublished(long at, JobId job, String type, String dataJson) implements ChannelEvent {}

    /**
     * A lock was granted, by the owner of the channel and in its current incarnation. Stored before the holder hears of
     * it.
     *
     * @param owner name of the holder, for people
     * @param job job or thread whose attempt holds it, absent for a holder named by a caller
     * @param epoch fencing epoch of that attempt, absent without one
     * @param token fencing token; rises strictly within the channel
     * @param level declared level, absent if none was
     * @param ttlMillis how long the lease lasts unless it is renewed
     * @param requestKey key of the request, absent if it had none
     */
    record LockGranted(
            long at,
            LockName lock,
            String owner,
            @Nullable JobId job,
            @Nullable Long epoch,
            long token,
            @Nullable Integer level,
            long ttlMillis,
            @Nullable String requestKey)
            implements ChannelEvent {}

    /**
     * A lease has ended, and its lock is free.
     *
     * @param token of the lease
     * @param owner name of its holder, for people
     * @param job job or thread whose attempt held it, absent for a holder named by a caller
     */
    record LockReleased(
            long at,
            LockName lock,
            long token,
            String owner,
            @Nullable JobId job,
            LockChange.Reason reason) implements ChannelEvent {}

    /**
     * What a running attempt has held for some time. The ledger lives with its node; this is what a cleanup behind the
     * attempt knows of it when the node is lost.
     *
     * @param resources none if it has given back everything that was noted before
     */
    record ResourcesNoted(long at, JobId job, long epoch, List<NotedResource> resources) implements ChannelEvent {
        public ResourcesNoted {
            resources = List.copyOf(resources);
        }
    }

    /** Something about the cleanup of the channel became true. Stored before it has an effect. */
    record CleanupChanged(long at, CleanupChange change) implements ChannelEvent {}

    /** Something about a process of the channel became true. Stored before it has an effect. */
    record ProcessChanged(long at, ProcessChange change) implements ChannelEvent {}
}
