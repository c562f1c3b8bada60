package io.millrace.storage.readmodel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.SubmittedJob;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Folds a batch of events into row changes, so that a job that was submitted, started and ended within the batch is one
 * insert. Mirrors what {@link io.millrace.domain.channel.LiveChannel} makes of the same events.
 *
 * <p>Nearly every event says by itself which state a job leaves. Only {@code JobsEnded} does not: the states its jobs
 * have in the database are looked up before folding.
 */
final class BatchFold {
    private final Map<JobId, JobState> storedStates;
    private final LongSupplier newChannelKey;

    private final Map<JobId, JobChange> jobs = new LinkedHashMap<>();
    private final List<RetriedJob> retried = new ArrayList<>();
    private final List<FormerAttempt> formerAttempts = new ArrayList<>();

    /** By key: a replay of a long journal may meet a key again that had expired in between. */
    private final Map<SubmissionKey, KeyedJobs> keyed = new LinkedHashMap<>();

    private final List<DeletedChannel> deleted = new ArrayList<>();

    /**
     * @param storedStates states in the database of the jobs that {@code JobsEnded} events of the batch name
     * @param newChannelKey gives a key to a channel that comes into being
     */
    BatchFold(Map<JobId, JobState> storedStates, LongSupplier newChannelKey) {
        this.storedStates = storedStates;
        this.newChannelKey = newChannelKey;
    }

    /** An ended job that runs again, with all its row needs if retention has removed it meanwhile. */
    record RetriedJob(SubmittedJob job, long channelKey, long createdAtMillis, int attempts, long epoch) {}

    /** An attempt that was followed by another one. */
    record FormerAttempt(JobId job, long channelKey, AttemptRow attempt) {
        AttemptRow.@Nullable Start start() {
            return attempt.start();
        }

        AttemptRow.@Nullable End end() {
            return attempt.end();
        }
    }

    /** An idempotency key, which is unique within its channel. */
    record SubmissionKey(long channelKey, String key) {}

    /** A submission that carried an idempotency key. */
    record KeyedJobs(SubmissionKey key, String bodyHash, List<JobId> jobs, long atMillis) {}

    /** A channel that is gone. */
    record DeletedChannel(long channelKey, String name, ChannelEvent.ChannelDeleted event) {}

    Collection<JobChange> jobs() {
        return jobs.values();
    }

    List<RetriedJob> retried() {
        return retried;
    }

    List<FormerAttempt> formerAttempts() {
        return formerAttempts;
    }

    List<KeyedJobs> keyed() {
        return List.copyOf(keyed.values());
    }

    List<DeletedChannel> deleted() {
        return deleted;
    }

    void apply(ChannelChange channel, ChannelEvent event) {
        switch (event) {
            case ChannelEvent.ChannelCreated e -> channel.create(newChannelKey.getAsLong(), e.spec());
            case ChannelEvent.ChannelChanged e -> channel.spec(e.spec());
            case ChannelEvent.ChannelPaused _ -> channel.state(ChannelState.PAUSED);
            case ChannelEvent.ChannelResumed _ -> channel.state(ChannelState.ACTIVE);
            case ChannelEvent.ChannelDraining _ -> channel.state(ChannelState.DRAINING);
            case ChannelEvent.ChannelDeleting _ -> channel.state(ChannelState.DELETING);
            case ChannelEvent.ChannelDeleted e -> onDeleted(channel, e);
            case ChannelEvent.OwnershipTaken e -> channel.owner(e.node(), e.incarnation());
            case ChannelEvent.JobsSubmitted e -> onSubmitted(channel, e);
            case ChannelEvent.JobsDue e -> e.jobs().forEach(job -> onDue(channel, job));
            case ChannelEvent.AttemptStarted e -> onStarted(channel, e);
            case ChannelEvent.AttemptAdopted e ->
                changeOf(channel, e.job(), JobState.RUNNING).attempt(AttemptRow.adopted(e));
            case ChannelEvent.AttemptEnded e -> onAttemptEnded(channel, e);
            case ChannelEvent.JobsEnded e -> e.jobs().forEach(job -> onEndedWithoutAttempt(channel, job, e));
            case ChannelEvent.JobRetried e -> onRetried(channel, e);
            case ChannelEvent.CleanupChanged e -> channel.cleanups(e.change().executionsBegun());
            case ChannelEvent.ProcessChanged e -> channel.processes(e.change().processesBegun());
            case ChannelEvent.CancelRequested _ -> {
                // Known to the channel alone until the attempt ends.
            }
            case ChannelEvent.LateResultRecorded _,
                    ChannelEvent.EventPublished _,
                    ChannelEvent.LockGranted _,
                    ChannelEvent.LockReleased _,
                    ChannelEvent.ResourcesNoted _ -> {
                // Read from the journal; no list shows them.
            }
        }
    }

    private void onDeleted(ChannelChange channel, ChannelEvent.ChannelDeleted event) {
        Long key = channel.key();
        if (key != null) {
            long channelKey = key;
            jobs.values().removeIf(job -> job.channelKey() == channelKey);
            retried.removeIf(job -> job.channelKey() == channelKey);
            formerAttempts.removeIf(attempt -> attempt.channelKey() == channelKey);
            keyed.keySet().removeIf(submission -> submission.channelKey() == channelKey);
            deleted.add(new DeletedChannel(channelKey, channel.name().value(), event));
            channel.delete();
        }
    }

    private void onSubmitted(ChannelChange channel, ChannelEvent.JobsSubmitted event) {
        long key = keyOf(channel);
        for (SubmittedJob job : event.jobs()) {
            JobState state = job.notBeforeMillis() > event.at() ? JobState.SCHEDULED : JobState.QUEUED;
            jobs.put(job.id(), JobChange.ofSubmitted(job, key, event.at(), state));
            channel.enter(state);
        }
        String idempotencyKey = event.idempotencyKey();
        if (idempotencyKey != null) {
            String hash = event.bodyHash() == null ? "" : event.bodyHash();
            List<JobId> ids = event.jobs().stream().map(SubmittedJob::id).toList();
            SubmissionKey submission = new SubmissionKey(key, idempotencyKey);
            keyed.put(submission, new KeyedJobs(submission, hash, ids, event.at()));
        }
    }

    private void onDue(ChannelChange channel, JobId id) {
        JobChange job = changeOf(channel, id, JobState.SCHEDULED);
        if (job.state() == JobState.SCHEDULED) {
            channel.move(JobState.SCHEDULED, JobState.QUEUED);
            job.become(JobState.QUEUED);
        }
    }

    private void onStarted(ChannelChange channel, ChannelEvent.AttemptStarted event) {
        JobChange job = changeOf(channel, event.job(), JobState.QUEUED);
        if (event.number() > 1) {
            AttemptRow former = job.attempt() == null ? AttemptRow.startedEarlier(event.number() - 1) : job.attempt();
            formerAttempts.add(new FormerAttempt(event.job(), job.channelKey(), former));
        }
        channel.move(job.state(), JobState.RUNNING);
        job.become(JobState.RUNNING);
        job.attempt(AttemptRow.started(event));
    }

    private void onAttemptEnded(ChannelChange channel, ChannelEvent.AttemptEnded event) {
        JobChange job = changeOf(channel, event.job(), JobState.RUNNING);
        AttemptRow attempt = job.attempt() == null ? AttemptRow.startedEarlier(event.number()) : job.attempt();
        job.attempt(attempt.ended(event));
        JobState next = stateAfter(event);
        channel.move(job.state(), next);
        if (next.isTerminal()) {
            job.end(next, event.at());
        } else {
            job.become(next);
        }
    }

    /** A job that is tried again at once is queued, although the event calls its next state scheduled. */
    private static JobState stateAfter(ChannelEvent.AttemptEnded event) {
        if (event.next().isTerminal()) {
            return event.next();
        }
        return event.retryAtMillis() > event.at() ? JobState.SCHEDULED : JobState.QUEUED;
    }

    private void onEndedWithoutAttempt(ChannelChange channel, JobId id, ChannelEvent.JobsEnded event) {
        JobChange known = jobs.get(id);
        JobState before = known == null ? storedStates.get(id) : known.state();
        if (before == JobState.QUEUED || before == JobState.SCHEDULED || before == JobState.BLOCKED) {
            channel.move(before, event.state());
            changeOf(channel, id, before).endWithout(event.state(), event.at(), event.error());
        }
    }

    private void onRetried(ChannelChange channel, ChannelEvent.JobRetried event) {
        JobId id = event.job().id();
        if (!jobs.containsKey(id)) {
            retried.add(new RetriedJob(
                    event.job(), keyOf(channel), event.createdAtMillis(), event.attempts(), event.epoch()));
        }
        changeOf(channel, id, JobState.QUEUED).become(JobState.QUEUED);
        channel.enter(JobState.QUEUED);
    }

    private JobChange changeOf(ChannelChange channel, JobId id, JobState before) {
        JobChange known = jobs.get(id);
        if (known != null) {
            return known;
        }
        JobChange change = JobChange.ofStored(id, keyOf(channel), before);
        jobs.put(id, change);
        return change;
    }

    private static long keyOf(ChannelChange channel) {
        Long key = channel.key();
        if (key == null) {
            throw new IllegalStateException(
                    "The journal of channel '" + channel.name() + "' names jobs while the channel does not exist.");
        }
        return key;
    }
}
