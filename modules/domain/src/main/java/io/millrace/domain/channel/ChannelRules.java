package io.millrace.domain.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a command means for one channel. Pure: reads the state, changes nothing, and takes the time as an
 * argument.
 */
public final class ChannelRules {
    /** Jobs named in one event. A decision about more of them makes several events. */
    static final int JOBS_PER_EVENT_MAX = 10_000;

    private static final String COMPONENT = "Channel";

    private final ChannelName name;

    public ChannelRules(ChannelName name) {
        this.name = name;
    }

    /**
     * @param nowMillis wall-clock time in milliseconds since the epoch
     * @return events to store, a refusal, or the jobs an idempotency key already created
     */
    public Decision decide(LiveChannel channel, ChannelCommand command, long nowMillis) {
        return switch (command) {
            case ChannelCommand.Put put -> put(channel, put.spec(), nowMillis);
            case ChannelCommand.TakeOwnership take -> takeOwnership(channel, take.node(), nowMillis);
            case ChannelCommand.Elapse _ -> elapse(channel, nowMillis);
            case ChannelCommand.EndAttempt end -> endAttempt(channel, end, nowMillis);
            case ChannelCommand.StartNext start -> startNext(channel, start, nowMillis);
            case ChannelCommand.Publish publish -> publish(channel, publish, nowMillis);
            case ChannelCommand.Submit submit -> existing(channel, nowMillis, submit(channel, submit, nowMillis));
            case ChannelCommand.Pause _ -> existing(channel, nowMillis, pause(channel, nowMillis));
            case ChannelCommand.Resume _ -> existing(channel, nowMillis, resume(channel, nowMillis));
            case ChannelCommand.Drain _ -> existing(channel, nowMillis, drain(channel, nowMillis));
            case ChannelCommand.Purge _ -> existing(channel, nowMillis, accept(purge(channel, nowMillis)));
            case ChannelCommand.Delete _ -> existing(channel, nowMillis, delete(channel, nowMillis));
            case ChannelCommand.Cancel cancel -> existing(channel, nowMillis, cancel(channel, cancel.job(), nowMillis));
            case ChannelCommand.Retry retry -> existing(channel, nowMillis, retry(channel, retry.ended(), nowMillis));
        };
    }

    // The channel itself

    /** The channel {@code default} needs no creation: its first command brings it into being. */
    private Decision existing(LiveChannel channel, long now, Decision decision) {
        if (channel.exists()) {
            return decision;
        }
        if (!name.equals(ChannelName.DEFAULT)) {
            return refuse(
                    ErrorCode.NOT_FOUND,
                    "There is no channel '" + name + "'. Create it with PUT /v1/channels/" + name + ".");
        }
        if (decision instanceof Decision.Accepted accepted) {
            List<ChannelEvent> events = new ArrayList<>(accepted.events().size() + 1);
            events.add(new ChannelEvent.ChannelCreated(now, ChannelSpec.DEFAULT));
            events.addAll(accepted.events());
            return accept(events);
        }
        return decision;
    }

    private Decision put(LiveChannel channel, ChannelSpec spec, long now) {
        if (!channel.exists()) {
            return accept(List.of(new ChannelEvent.ChannelCreated(now, spec)));
        }
        if (channel.state() == ChannelState.DELETING) {
            return refuseDeleting();
        }
        return channel.spec().equals(spec) ? Decision.NOTHING : accept(List.of(new ChannelEvent.ChannelChanged(now, spec)));
    }

    private Decision pause(LiveChannel channel, long now) {
        return switch (channel.state()) {
            case PAUSED -> Decision.NOTHING;
            case ACTIVE, DRAINING, DEGRADED -> accept(List.of(new ChannelEvent.ChannelPaused(now)));
            case DELETING -> refuseDeleting();
        };
    }

    private Decision resume(LiveChannel channel, long now) {
        return switch (channel.state()) {
            case ACTIVE -> Decision.NOTHING;
            case PAUSED, DRAINING, DEGRADED -> accept(List.of(new ChannelEvent.ChannelResumed(now)));
            case DELETING -> refuseDeleting();
        };
    }

    private Decision drain(LiveChannel channel, long now) {
        return switch (channel.state()) {
            case DRAINING -> Decision.NOTHING;
            case ACTIVE, PAUSED, DEGRADED -> accept(List.of(new ChannelEvent.ChannelDraining(now)));
            case DELETING -> refuseDeleting();
        };
    }

    private Decision delete(LiveChannel channel, long now) {
        if (name.equals(ChannelName.DEFAULT)) {
            return refuse(
                    ErrorCode.INVALID_STATE,
                    "The channel 'default' always exists and cannot be deleted. Purge it to cancel what waits in it.");
        }
        List<ChannelEvent> events = new ArrayList<>();
        if (channel.state() != ChannelState.DELETING) {
            events.add(new ChannelEvent.ChannelDeleting(now));
        }
        events.addAll(purge(channel, now));
        if (channel.running().isEmpty()) {
            events.add(new ChannelEvent.ChannelDeleted(now));
        } else {
            requestCancelOfAll(channel, now, events);
        }
        return accept(events);
    }

    private static void requestCancelOfAll(LiveChannel channel, long now, List<ChannelEvent> events) {
        for (LiveJob.Running job : channel.running()) {
            if (!job.isCancelRequested()) {
                events.add(new ChannelEvent.CancelRequested(now, job.id()));
            }
        }
    }

    private static List<ChannelEvent> purge(LiveChannel channel, long now) {
        List<JobId> waiting = new ArrayList<>(channel.waiting());
        channel.forEachWaiting(job -> waiting.add(job.id()));
        return endedInParts(waiting, now, JobState.CANCELLED, "The job was purged while it waited.");
    }

    private Decision takeOwnership(LiveChannel channel, String node, long now) {
        List<ChannelEvent> events = new ArrayList<>();
        events.add(new ChannelEvent.OwnershipTaken(now, node, channel.incarnation() + 1));
        for (LiveJob.Running job : channel.running()) {
            events.add(attemptEnded(channel, job, interrupted(job), now));
        }
        if (channel.exists() && channel.state() == ChannelState.DELETING && allEndForGood(events)) {
            events.addAll(purge(channel, now));
            events.add(new ChannelEvent.ChannelDeleted(now));
        }
        return accept(events);
    }

    private static boolean allEndForGood(List<ChannelEvent> events) {
        return events.stream()
                .noneMatch(event -> event instanceof ChannelEvent.AttemptEnded ended && !ended.next().isTerminal());
    }

    private static AttemptOutcome interrupted(LiveJob.Running job) {
        return AttemptOutcome.failed(
                AttemptOutcome.Kind.INTERRUPTED,
                null,
                null,
                Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "Attempt " + job.attempts() + " was cut off because its node " + job.node()
                                + " gave the channel up or went away. What it did until then is unknown."));
    }

    // Jobs

    private Decision submit(LiveChannel channel, ChannelCommand.Submit submit, long now) {
        Decision known = knownSubmission(channel, submit);
        if (known != null) {
            return known;
        }
        Problem problem = whyNotAccepted(channel, submit.jobs());
        if (problem != null) {
            return new Decision.Refused(problem);
        }
        return accept(List.of(new ChannelEvent.JobsSubmitted(
                now, submit.jobs(), submit.idempotencyKey(), submit.bodyHash())));
    }

    private static @Nullable Decision knownSubmission(LiveChannel channel, ChannelCommand.Submit submit) {
        String key = submit.idempotencyKey();
        KeyedSubmission known = key == null ? null : channel.submission(key);
        if (known == null) {
            return null;
        }
        return known.bodyHash().equals(submit.bodyHash())
                ? new Decision.Replayed(known.jobs())
                : new Decision.Refused(keyReused(known.key()));
    }

    /** What a caller hears who sends another body under a known key. */
    public static Problem keyReused(String key) {
        return Problem.invalid(
                COMPONENT,
                "The Idempotency-Key '" + key + "' was used before with another request body. "
                        + "Send the same body again to get its result, or choose a new key.",
                List.of(new Violation("Idempotency-Key", "was used with another request body")));
    }

    private @Nullable Problem whyNotAccepted(LiveChannel channel, List<SubmittedJob> jobs) {
        if (channel.state() == ChannelState.DRAINING) {
            return Problem.of(
                    ErrorCode.INVALID_STATE,
                    COMPONENT,
                    "The channel '" + name + "' is draining and accepts no new jobs. Resume it with POST /v1/channels/"
                            + name + ":resume, or submit to another channel.");
        }
        if (channel.state() == ChannelState.DELETING) {
            return deletingProblem();
        }
        long limit = channel.spec().queuedJobsMax();
        if (channel.waiting() + (long) jobs.size() > limit) {
            return queueFull(channel, jobs.size(), limit);
        }
        return firstUnacceptable(channel, jobs);
    }

    private Problem queueFull(LiveChannel channel, int requested, long limit) {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The queue of channel '" + name + "' is full: " + channel.waiting() + " jobs wait, " + requested
                                + " more were sent, and " + limit
                                + " may wait. Nothing was accepted. Try again once jobs have ended, or raise queue.max.",
                        Map.of(
                                "channel", name.value(),
                                "queued", channel.waiting(),
                                "requested", requested,
                                "limit", limit))
                .retryAfter(Duration.ofSeconds(1));
    }

    private @Nullable Problem firstUnacceptable(LiveChannel channel, List<SubmittedJob> jobs) {
        Set<JobId> seen = new HashSet<>();
        for (SubmittedJob job : jobs) {
            if (!channel.spec().jobKinds().contains(job.kind())) {
                return Problem.of(
                        ErrorCode.PERMISSION,
                        COMPONENT,
                        "The channel '" + name + "' does not accept jobs of kind '" + job.kind().wireName()
                                + "'. Its specification lists the kinds it accepts under jobs.kinds.",
                        Map.of("channel", name.value(), "kind", job.kind().wireName()));
            }
            if (channel.job(job.id()) != null || channel.ended(job.id()) != null || !seen.add(job.id())) {
                return Problem.of(
                        ErrorCode.ALREADY_EXISTS, COMPONENT, "A job with the id " + job.id() + " exists already.");
            }
        }
        return null;
    }

    private Decision startNext(LiveChannel channel, ChannelCommand.StartNext start, long now) {
        int free = Math.min(start.freeSlots(), channel.spec().threads().max() - channel.running().size());
        boolean mayStart = channel.exists()
                && (channel.state() == ChannelState.ACTIVE
                        || channel.state() == ChannelState.DRAINING
                        || channel.state() == ChannelState.DEGRADED);
        if (free <= 0 || !mayStart) {
            return Decision.NOTHING;
        }
        List<ChannelEvent> events = new ArrayList<>(free);
        long epoch = channel.lastEpoch();
        for (LiveJob.Waiting job : channel.nextToStart(free)) {
            events.add(new ChannelEvent.AttemptStarted(now, job.id(), job.attempts() + 1, ++epoch, start.node()));
        }
        return accept(events);
    }

    private Decision endAttempt(LiveChannel channel, ChannelCommand.EndAttempt end, long now) {
        if (!(channel.job(end.job()) instanceof LiveJob.Running job) || job.epoch() != end.epoch()) {
            return accept(List.of(new ChannelEvent.LateResultRecorded(now, end.job(), end.epoch())));
        }
        List<ChannelEvent> events = new ArrayList<>(2);
        ChannelEvent.AttemptEnded ended = attemptEnded(channel, job, end.outcome(), now);
        events.add(ended);
        if (channel.state() == ChannelState.DELETING && channel.running().size() == 1) {
            events.add(new ChannelEvent.ChannelDeleted(now));
        }
        return accept(events);
    }

    private static ChannelEvent.AttemptEnded attemptEnded(
            LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome, long now) {
        JobState after = RetryRules.stateAfter(channel, job, outcome);
        long retryAt = after.isTerminal() ? 0 : RetryRules.retryAtMillis(job, outcome, now);
        JobState next = after == JobState.SCHEDULED && retryAt == 0 ? JobState.QUEUED : after;
        AttemptOutcome recorded = next == JobState.CANCELLED && outcome.kind() == AttemptOutcome.Kind.INTERRUPTED
                ? AttemptOutcome.cancelled(outcome.exitCode(), outcome.signal())
                : outcome;
        return new ChannelEvent.AttemptEnded(now, job.id(), job.attempts(), job.epoch(), recorded, next, retryAt);
    }

    private Decision cancel(LiveChannel channel, JobId id, long now) {
        return switch (channel.job(id)) {
            case LiveJob.Waiting _ -> accept(List.of(new ChannelEvent.JobsEnded(
                    now, List.of(id), JobState.CANCELLED, "The job was cancelled while it waited.")));
            case LiveJob.Running job when job.isCancelRequested() -> Decision.NOTHING;
            case LiveJob.Running _ -> accept(List.of(new ChannelEvent.CancelRequested(now, id)));
            case null -> refuseEndedOrUnknown(channel, id);
        };
    }

    private Decision refuseEndedOrUnknown(LiveChannel channel, JobId id) {
        EndedJob ended = channel.ended(id);
        return ended == null
                ? new Decision.Refused(unknownJob(name, id))
                : new Decision.Refused(alreadyEnded(id, ended.state()));
    }

    /** What a caller hears about a job nobody knows. */
    public static Problem unknownJob(ChannelName channel, JobId id) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "The channel '" + channel + "' has no job " + id
                        + ". It may belong to another channel, or have been removed by retention.");
    }

    /** What a caller hears who cancels a job that has ended. */
    public static Problem alreadyEnded(JobId id, JobState state) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The job " + id + " has already ended as " + state + "; there is nothing to cancel.",
                Map.of("state", state.name()));
    }

    private Decision retry(LiveChannel channel, EndedJob ended, long now) {
        LiveJob live = channel.job(ended.id());
        if (live != null) {
            return refuse(
                    ErrorCode.INVALID_STATE,
                    "The job " + ended.id() + " is " + live.state() + ". Only a job that has ended can be retried.");
        }
        EndedJob held = channel.ended(ended.id());
        EndedJob latest = held == null ? ended : held;
        if (latest.state() == JobState.SUCCEEDED) {
            return refuse(
                    ErrorCode.INVALID_STATE,
                    "The job " + ended.id() + " has SUCCEEDED. Only a failed, cancelled or lost job can be retried; "
                            + "submit it as a new job to run it once more.");
        }
        if (latest.attempts() >= Limits.ATTEMPTS_MAX) {
            return refuse(
                    ErrorCode.RESOURCE_LIMIT,
                    "The job " + ended.id() + " has had " + latest.attempts() + " attempts, and " + Limits.ATTEMPTS_MAX
                            + " is the most a job may have. Submit it as a new job.");
        }
        Problem problem = whyNotAccepted(channel, List.of());
        if (problem == null && channel.waiting() + 1L > channel.spec().queuedJobsMax()) {
            problem = queueFull(channel, 1, channel.spec().queuedJobsMax());
        }
        return problem != null
                ? new Decision.Refused(problem)
                : accept(List.of(new ChannelEvent.JobRetried(
                        now, latest.submitted(), latest.attempts(), latest.createdAtMillis())));
    }

    private static Decision elapse(LiveChannel channel, long now) {
        List<ChannelEvent> events = new ArrayList<>(2);
        List<JobId> late = channel.waitedTooLongAt(now, JOBS_PER_EVENT_MAX);
        if (!late.isEmpty()) {
            events.add(new ChannelEvent.JobsEnded(
                    now,
                    late,
                    JobState.FAILED,
                    "The job waited longer for its first start than its queueTimeout allows."));
        }
        List<JobId> due = channel.dueAt(now, JOBS_PER_EVENT_MAX);
        due.removeAll(new HashSet<>(late));
        if (!due.isEmpty()) {
            events.add(new ChannelEvent.JobsDue(now, due));
        }
        if (channel.exists() && channel.state() == ChannelState.DELETING && channel.running().isEmpty()) {
            events.addAll(purge(channel, now));
            events.add(new ChannelEvent.ChannelDeleted(now));
        }
        return accept(events);
    }

    private static Decision publish(LiveChannel channel, ChannelCommand.Publish publish, long now) {
        return channel.job(publish.job()) instanceof LiveJob.Running
                ? accept(List.of(new ChannelEvent.EventPublished(now, publish.job(), publish.type(), publish.dataJson())))
                : Decision.NOTHING;
    }

    // Shared

    private static List<ChannelEvent> endedInParts(List<JobId> jobs, long now, JobState state, String reason) {
        List<ChannelEvent> events = new ArrayList<>();
        for (int from = 0; from < jobs.size(); from += JOBS_PER_EVENT_MAX) {
            int to = Math.min(jobs.size(), from + JOBS_PER_EVENT_MAX);
            events.add(new ChannelEvent.JobsEnded(now, jobs.subList(from, to), state, reason));
        }
        return events;
    }

    private Decision refuseDeleting() {
        return new Decision.Refused(deletingProblem());
    }

    private Problem deletingProblem() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel '" + name + "' is being deleted. Wait until it is gone, then create it anew with PUT.");
    }

    private static Decision accept(List<ChannelEvent> events) {
        return new Decision.Accepted(events);
    }

    private static Decision refuse(ErrorCode code, String detail) {
        return new Decision.Refused(Problem.of(code, COMPONENT, detail));
    }
}
