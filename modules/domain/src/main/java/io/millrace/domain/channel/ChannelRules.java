package io.millrace.domain.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.TimeText;
import io.millrace.domain.cleanup.RunCause;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a command means for one channel. Pure: reads the state, changes nothing, and takes the time as an
 * argument. Which command leads where is drawn in {@code LiveChannel.puml} and {@code LiveJob.puml} beside this file.
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public final class ChannelRules {
    private final ChannelName name;

    public ChannelRules(ChannelName name) {
        this.name = name;
    }

    /**
     * @param nowMillis wall-clock time in milliseconds since the epoch; it may jump
     * @return events to store, a refusal, or the jobs an idempotency key already created
     */
    public Decision decide(LiveChannel channel, ChannelCommand command, long nowMillis) {
        return switch (command) {
            case ChannelCommand.Put put -> put(channel, put.spec(), nowMillis);
            case ChannelCommand.TakeOwnership take -> takeOwnership(channel, take, nowMillis);
            case ChannelCommand.CompleteDeletion _ -> completeDeletion(channel, nowMillis);
            case ChannelCommand.Elapse _ -> elapse(channel, nowMillis);
            case ChannelCommand.EndAttempt end -> endAttempt(channel, end, nowMillis);
            case ChannelCommand.StartNext start -> startNext(channel, start, nowMillis);
            case ChannelCommand.Publish publish -> publish(channel, publish, nowMillis);
            case ChannelCommand.PublishFromThread publish -> publish(channel, publish, nowMillis);
            case ChannelCommand.ChangeLocks change -> LockRules.change(channel, change, nowMillis);
            case ChannelCommand.NoteResources note -> noteResources(channel, note, nowMillis);
            case ChannelCommand.ChangeCleanups change -> CleanupStorageRules.change(channel, change, nowMillis);
            case ChannelCommand.ChangeProcesses change -> ProcessStorageRules.change(channel, change, nowMillis);
            case ChannelCommand.OfExisting wish -> decideForExisting(channel, wish, nowMillis);
        };
    }

    /** The channel {@code default} needs no creation: the first command that changes it brings it into being. */
    private Decision decideForExisting(LiveChannel channel, ChannelCommand.OfExisting wish, long now) {
        if (!channel.exists() && !name.equals(ChannelName.DEFAULT)) {
            return new Decision.Refused(Refusals.unknownChannel(name));
        }
        Decision decision = decideWish(channel, wish, now);
        if (channel.exists() || !(decision instanceof Decision.Accepted(var events)) || events.isEmpty()) {
            return decision;
        }
        List<ChannelEvent> withCreation = new ArrayList<>(events.size() + 1);
        withCreation.add(new ChannelEvent.ChannelCreated(now, ChannelSpec.DEFAULT));
        withCreation.addAll(events);
        return accept(withCreation);
    }

    private Decision decideWish(LiveChannel channel, ChannelCommand.OfExisting wish, long now) {
        return switch (wish) {
            case ChannelCommand.Pause _ -> pause(channel, now);
            case ChannelCommand.Resume _ -> resume(channel, now);
            case ChannelCommand.Drain _ -> drain(channel, now);
            case ChannelCommand.Purge _ -> accept(purge(channel, now));
            case ChannelCommand.Delete _ -> delete(channel, now);
            case ChannelCommand.Submit submit -> submit(channel, submit, now);
            case ChannelCommand.Cancel cancel -> cancel(channel, cancel.job(), now);
            case ChannelCommand.Retry retry -> retry(channel, retry.ended(), now);
        };
    }

    // The channel itself

    private Decision put(LiveChannel channel, ChannelSpec spec, long now) {
        if (!channel.exists()) {
            return accept(new ChannelEvent.ChannelCreated(now, spec));
        }
        if (channel.state() == ChannelState.DELETING) {
            return new Decision.Refused(Refusals.deleting(name));
        }
        return channel.spec().equals(spec) ? Decision.NOTHING : accept(new ChannelEvent.ChannelChanged(now, spec));
    }

    private Decision pause(LiveChannel channel, long now) {
        return switch (channel.state()) {
            case PAUSED -> Decision.NOTHING;
            case ACTIVE, DRAINING, DEGRADED -> accept(new ChannelEvent.ChannelPaused(now));
            case DELETING -> new Decision.Refused(Refusals.deleting(name));
        };
    }

    private Decision resume(LiveChannel channel, long now) {
        return switch (channel.state()) {
            case ACTIVE -> Decision.NOTHING;
            case PAUSED, DRAINING, DEGRADED -> accept(new ChannelEvent.ChannelResumed(now));
            case DELETING -> new Decision.Refused(Refusals.deleting(name));
        };
    }

    private Decision drain(LiveChannel channel, long now) {
        return switch (channel.state()) {
            case DRAINING -> Decision.NOTHING;
            case ACTIVE, PAUSED, DEGRADED -> accept(new ChannelEvent.ChannelDraining(now));
            case DELETING -> new Decision.Refused(Refusals.deleting(name));
        };
    }

    /** From here on nothing is accepted and nothing is tried again, so one day nothing runs and it can be cleaned up. */
    private Decision delete(LiveChannel channel, long now) {
        if (name.equals(ChannelName.DEFAULT)) {
            return new Decision.Refused(Refusals.defaultStays());
        }
        if (channel.state() == ChannelState.DELETING) {
            return Decision.NOTHING;
        }
        List<ChannelEvent> events = new ArrayList<>();
        events.add(new ChannelEvent.ChannelDeleting(now));
        events.addAll(purge(channel, now));
        for (LiveJob.Running job : channel.running()) {
            if (!job.wasCancelRequested()) {
                events.add(new ChannelEvent.CancelRequested(now, job.id()));
            }
        }
        return accept(events);
    }

    private static Decision completeDeletion(LiveChannel channel, long now) {
        boolean isOver = channel.exists()
                && channel.state() == ChannelState.DELETING
                && channel.running().isEmpty()
                && channel.cleanups().active().isEmpty()
                && channel.processes().live() == 0;
        return isOver
                ? accept(new ChannelEvent.ChannelDeleted(now, channel.stateSinceMillis(), cleanupBehind(channel, now)))
                : Decision.NOTHING;
    }

    /** How the channel was cleaned up for its deletion: the latest execution of that kind is the one that completed. */
    private static @Nullable CleanupResult cleanupBehind(LiveChannel channel, long now) {
        return channel.cleanups().newest(Limits.CLEANUPS_KEPT_MAX).stream()
                .filter(run -> run.cause() == RunCause.DELETION)
                .findFirst()
                .map(run -> run.result(now))
                .orElse(null);
    }

    private static List<ChannelEvent> purge(LiveChannel channel, long now) {
        List<JobId> waiting = new ArrayList<>(channel.waiting());
        channel.forEachWaiting(job -> waiting.add(job.id()));
        List<ChannelEvent> events = new ArrayList<>();
        for (int from = 0; from < waiting.size(); from += Limits.JOBS_PER_EVENT_MAX) {
            int to = Math.min(waiting.size(), from + Limits.JOBS_PER_EVENT_MAX);
            events.add(new ChannelEvent.JobsEnded(
                    now, waiting.subList(from, to), JobState.CANCELLED, "The job was purged while it waited."));
        }
        return events;
    }

    /**
     * Attempts of an earlier owner whose process this one has go on. The others are cut off: it cannot know how they ended.
     * Those that leave something behind are ended once they are cleaned up behind, processes of another host once they
     * cannot run there any more.
     */
    private static Decision takeOwnership(LiveChannel channel, ChannelCommand.TakeOwnership take, long now) {
        List<ChannelEvent> events = new ArrayList<>();
        events.add(new ChannelEvent.OwnershipTaken(now, take.node(), channel.incarnation() + 1, take.host()));
        for (LiveJob.Running job : channel.running()) {
            boolean isProcess = job.submitted().kind() == JobKind.PROCESS;
            boolean mayRunElsewhere = isProcess && !LiveChannel.isOfHost(job, take.node(), take.host());
            if (isProcess && take.heldEpochs().contains(job.epoch())) {
                events.add(new ChannelEvent.AttemptAdopted(
                        now, job.id(), job.attempts(), job.epoch(), take.node(), job.startedAtMillis()));
            } else if (!mayRunElsewhere && !channel.leavesSomethingBehind(job)) {
                events.add(AttemptRules.ended(channel, job, AttemptRules.interrupted(job), now));
            }
        }
        return accept(events);
    }

    // Accepting jobs

    private Decision submit(LiveChannel channel, ChannelCommand.Submit submit, long now) {
        String key = submit.idempotencyKey();
        KeyedSubmission known = key == null ? null : channel.submission(key);
        if (known != null) {
            return known.hasBody(submit.bodyHash())
                    ? new Decision.Replayed(known.jobs())
                    : new Decision.Refused(Refusals.keyReused(known.key()));
        }
        Problem problem = whyNotAccepted(channel, submit.jobs());
        return problem != null
                ? new Decision.Refused(problem)
                : accept(new ChannelEvent.JobsSubmitted(now, submit.jobs(), key, submit.bodyHash()));
    }

    private @Nullable Problem whyNotAccepted(LiveChannel channel, List<SubmittedJob> jobs) {
        if (jobs.isEmpty() || jobs.size() > Limits.BATCH_JOBS_MAX) {
            return Refusals.batchSize(jobs.size());
        }
        Problem problem = whyNoMore(channel, jobs.size());
        return problem != null ? problem : firstUnacceptable(channel, jobs);
    }

    /** Why the channel does not take so many more jobs, whatever they are. */
    private @Nullable Problem whyNoMore(LiveChannel channel, int jobs) {
        if (channel.state() == ChannelState.DRAINING) {
            return Refusals.draining(name);
        }
        if (channel.state() == ChannelState.DELETING) {
            return Refusals.deleting(name);
        }
        long waiting = (long) channel.waiting() + jobs;
        if (waiting > channel.spec().queuedJobsMax()) {
            return Refusals.queueFull(
                    name, channel.waiting(), jobs, channel.spec().queuedJobsMax());
        }
        return waiting + channel.endedHeld() > Limits.QUEUED_JOBS_MAX + Limits.ENDED_JOBS_HELD_MAX
                ? Refusals.historyBehind(name, channel.endedHeld())
                : null;
    }

    private @Nullable Problem firstUnacceptable(LiveChannel channel, List<SubmittedJob> jobs) {
        Set<JobId> seen = HashSet.newHashSet(jobs.size());
        for (SubmittedJob job : jobs) {
            if (!channel.spec().jobKinds().contains(job.kind())) {
                return Refusals.kindNotAllowed(name, job.kind());
            }
            if (channel.job(job.id()) != null || channel.ended(job.id()) != null || !seen.add(job.id())) {
                return Refusals.duplicate(job.id());
            }
        }
        return null;
    }

    private Decision retry(LiveChannel channel, EndedJob asked, long now) {
        LiveJob live = channel.job(asked.id());
        if (live != null) {
            return new Decision.Refused(Refusals.notEnded(asked.id(), live.state()));
        }
        EndedJob held = channel.ended(asked.id());
        EndedJob ended = held == null ? asked : held;
        Problem problem = whyNotRetried(channel, ended);
        return problem != null
                ? new Decision.Refused(problem)
                : accept(new ChannelEvent.JobRetried(
                        now, ended.submitted(), ended.attempts(), ended.epoch(), ended.createdAtMillis()));
    }

    private @Nullable Problem whyNotRetried(LiveChannel channel, EndedJob ended) {
        if (ended.state() == JobState.SUCCEEDED) {
            return Refusals.succeeded(ended.id());
        }
        if (ended.attempts() >= Limits.ATTEMPTS_MAX) {
            return Refusals.attemptsUsedUp(ended.id(), ended.attempts());
        }
        if (!channel.spec().jobKinds().contains(ended.submitted().kind())) {
            return Refusals.kindNotAllowed(name, ended.submitted().kind());
        }
        return whyNoMore(channel, 1);
    }

    // Running jobs

    /** Jobs that have waited too long end first; while there are more of them than one event names, none starts. */
    private static Decision startNext(LiveChannel channel, ChannelCommand.StartNext start, long now) {
        int free = Math.min(start.freeSlots(), mayStart(channel));
        if (free <= 0) {
            return Decision.NOTHING;
        }
        List<LiveJob.Waiting> late = channel.waitedTooLongAt(now, Limits.JOBS_PER_EVENT_MAX);
        List<ChannelEvent> events = waitedTooLong(late, now);
        if (late.size() < Limits.JOBS_PER_EVENT_MAX) {
            long epoch = channel.lastEpoch();
            for (LiveJob.Waiting job : channel.nextToStart(free, now)) {
                events.add(new ChannelEvent.AttemptStarted(now, job.id(), job.attempts() + 1, ++epoch, start.node()));
            }
        }
        return accept(events);
    }

    /** How many more attempts the channel's state, its slots and its held results allow. */
    private static int mayStart(LiveChannel channel) {
        boolean starts = channel.exists()
                && switch (channel.state()) {
                    case ACTIVE, DRAINING, DEGRADED -> true;
                    case PAUSED, DELETING -> false;
                };
        int running = channel.running().size();
        int slots = channel.spec().threads().max() - running;
        int roomForResults = Limits.ENDED_JOBS_HELD_MAX - channel.endedHeld() - running;
        return starts ? Math.min(slots, roomForResults) : 0;
    }

    private static Decision endAttempt(LiveChannel channel, ChannelCommand.EndAttempt end, long now) {
        if (!channel.exists()) {
            return Decision.NOTHING;
        }
        if (!(channel.job(end.job()) instanceof LiveJob.Running job) || job.epoch() != end.epoch()) {
            return accept(new ChannelEvent.LateResultRecorded(now, end.job(), end.epoch()));
        }
        return accept(AttemptRules.ended(channel, job, end.outcome(), now));
    }

    private Decision cancel(LiveChannel channel, JobId id, long now) {
        return switch (channel.job(id)) {
            case LiveJob.Waiting _ ->
                accept(new ChannelEvent.JobsEnded(
                        now, List.of(id), JobState.CANCELLED, "The job was cancelled while it waited."));
            case LiveJob.Running job when job.wasCancelRequested() -> Decision.NOTHING;
            case LiveJob.Running _ -> accept(new ChannelEvent.CancelRequested(now, id));
            case null -> {
                EndedJob ended = channel.ended(id);
                yield new Decision.Refused(
                        ended == null ? Refusals.unknownJob(name, id) : Refusals.alreadyEnded(id, ended.state()));
            }
        };
    }

    /** Of an attempt that has ended nothing is noted any more. */
    private static Decision noteResources(LiveChannel channel, ChannelCommand.NoteResources note, long now) {
        if (note.incarnation() != channel.incarnation()) {
            return Decision.NOTHING;
        }
        List<ChannelEvent> events = new ArrayList<>();
        for (ChannelCommand.AttemptResources held : note.attempts()) {
            if (channel.job(held.job()) instanceof LiveJob.Running job && job.epoch() == held.epoch()) {
                events.add(new ChannelEvent.ResourcesNoted(now, held.job(), held.epoch(), held.resources()));
            }
        }
        return accept(events);
    }

    private static Decision publish(LiveChannel channel, ChannelCommand.Publish publish, long now) {
        return channel.job(publish.job()) instanceof LiveJob.Running
                ? accept(new ChannelEvent.EventPublished(now, publish.job(), publish.type(), publish.dataJson()))
                : Decision.NOTHING;
    }

    /** The channel has no record of its threads, so whoever reports this has seen that the thread lives. */
    private static Decision publish(LiveChannel channel, ChannelCommand.PublishFromThread publish, long now) {
        return channel.exists()
                ? accept(new ChannelEvent.EventPublished(now, publish.thread(), publish.type(), publish.dataJson()))
                : Decision.NOTHING;
    }

    // Time

    private static Decision elapse(LiveChannel channel, long now) {
        List<LiveJob.Waiting> late = channel.waitedTooLongAt(now, Limits.JOBS_PER_EVENT_MAX);
        List<ChannelEvent> events = waitedTooLong(late, now);
        List<JobId> due = channel.dueAt(now, Limits.JOBS_PER_EVENT_MAX).stream()
                .filter(job -> JobOrder.queueDeadlineMillis(job) > now)
                .map(LiveJob.Waiting::id)
                .toList();
        if (!due.isEmpty()) {
            events.add(new ChannelEvent.JobsDue(now, due));
        }
        return accept(events);
    }

    /** One event per limit, because its reason names the limit. */
    private static List<ChannelEvent> waitedTooLong(List<LiveJob.Waiting> late, long now) {
        Map<Long, List<JobId>> byLimit = new LinkedHashMap<>();
        for (LiveJob.Waiting job : late) {
            byLimit.computeIfAbsent(job.submitted().policy().queueTimeoutMillis(), _ -> new ArrayList<>())
                    .add(job.id());
        }
        List<ChannelEvent> events = new ArrayList<>();
        byLimit.forEach((limitMillis, jobs) -> events.add(new ChannelEvent.JobsEnded(
                now,
                jobs,
                JobState.FAILED,
                "The job waited for its first start longer than its queueTimeout of " + TimeText.of(limitMillis)
                        + " allows. Give it more time, a higher priority, or the channel more threads.")));
        return events;
    }

    // Shared

    private static Decision accept(ChannelEvent event) {
        return new Decision.Accepted(List.of(event));
    }

    private static Decision accept(List<ChannelEvent> events) {
        return new Decision.Accepted(events);
    }
}
