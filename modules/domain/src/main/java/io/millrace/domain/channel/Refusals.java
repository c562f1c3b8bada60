package io.millrace.domain.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.lock.HeldLease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a caller hears when a channel does not do as asked: what happened, why, and what to do next. */
public final class Refusals {
    private static final String COMPONENT = "Channel";
    private static final Duration SOON = Duration.ofSeconds(1);

    private Refusals() {}

    public static Problem unknownChannel(ChannelName channel) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "There is no channel '" + channel + "'. Create it with PUT /v1/channels/" + channel + ".");
    }

    public static Problem unknownJob(ChannelName channel, JobId job) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "The channel '" + channel + "' has no job " + job
                        + ". It may belong to another channel, or have been removed by retention.");
    }

    /** A job cannot be cancelled because it has ended. */
    public static Problem alreadyEnded(JobId job, JobState state) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The job " + job + " has already ended as " + state + "; there is nothing to cancel.",
                Map.of("state", state.name()));
    }

    /** An idempotency key came again with another request body. */
    public static Problem keyReused(String key) {
        return Problem.invalid(
                COMPONENT,
                "The Idempotency-Key '" + key + "' was used before with another request body. "
                        + "Send the same body again to get its result, or choose a new key.",
                List.of(new Violation("Idempotency-Key", "was used with another request body")));
    }

    static Problem batchSize(int jobs) {
        return Problem.invalid(
                COMPONENT,
                "A submission has 1 to " + Limits.BATCH_JOBS_MAX + " jobs, and this one has " + jobs
                        + ". Nothing was accepted. Send it in several submissions.",
                List.of(new Violation("jobs", "must have 1 to " + Limits.BATCH_JOBS_MAX + " elements")));
    }

    static Problem draining(ChannelName channel) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel '" + channel + "' is draining and accepts no jobs. Resume it with POST /v1/channels/"
                        + channel + ":resume, or use another channel.",
                Map.of("channel", channel.value(), "state", "DRAINING"));
    }

    static Problem deleting(ChannelName channel) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel '" + channel
                        + "' is being deleted, which :resume cannot undo. Wait until it is gone, then "
                        + "create it anew with PUT /v1/channels/" + channel + ", or use another channel.",
                Map.of("channel", channel.value(), "state", "DELETING"));
    }

    static Problem defaultStays() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel 'default' always exists and cannot be deleted. Cancel what waits in it with "
                        + "POST /v1/channels/default:purge.");
    }

    /** The channel is not in a state in which it starts anything. */
    public static Problem startsNoThreads(ChannelName channel, ChannelState state) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel '" + channel + "' is " + state + " and starts no threads. "
                        + (state == ChannelState.DELETING
                                ? "Wait until it is gone, or use another channel."
                                : "Resume it with POST /v1/channels/" + channel + ":resume, or use another channel."),
                Map.of("channel", channel.value(), "state", state.name()));
    }

    /** The channel's specification excludes this kind of work. */
    public static Problem kindNotAllowed(ChannelName channel, JobKind kind) {
        return Problem.of(
                ErrorCode.PERMISSION,
                COMPONENT,
                "The channel '" + channel + "' does not accept jobs of kind '" + kind.wireName()
                        + "'. Add it to jobs.kinds of the channel's specification, or use another channel.",
                Map.of("channel", channel.value(), "kind", kind.wireName()));
    }

    static Problem duplicate(JobId job) {
        return Problem.of(
                ErrorCode.ALREADY_EXISTS,
                COMPONENT,
                "A job with the id " + job + " exists already. Nothing was accepted. Submit it under a new id.");
    }

    static Problem queueFull(ChannelName channel, int queued, int requested, long limit) {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The queue of channel '" + channel + "' is full: " + queued + " jobs wait, " + requested
                                + " more were sent, and " + limit
                                + " may wait. Nothing was accepted. Try again later, or raise queue.max.",
                        Map.of("channel", channel.value(), "queued", queued, "requested", requested, "limit", limit))
                .retryAfter(SOON);
    }

    /** The queue has room, but what has just left it is still held. */
    static Problem historyBehind(ChannelName channel, int held) {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The channel '" + channel + "' still holds " + held
                                + " ended jobs that are not written to the history yet. Nothing was accepted. Try "
                                + "again in a moment; if it stays so, see whether the database is slow.",
                        Map.of("channel", channel.value(), "endedJobsHeld", held, "limit", Limits.ENDED_JOBS_HELD_MAX))
                .retryAfter(SOON);
    }

    /** A job cannot be retried because it has not ended. */
    public static Problem notEnded(JobId job, JobState state) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The job " + job + " is " + state + ". Only a job that has ended can be retried: wait for its end, or "
                        + "cancel it first.",
                Map.of("state", state.name()));
    }

    static Problem succeeded(JobId job) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The job " + job
                        + " has SUCCEEDED. Only a failed, cancelled or lost job can be retried; submit it as a "
                        + "new job to run it once more.",
                Map.of("state", JobState.SUCCEEDED.name()));
    }

    /** A grant that must not become true. */
    static Problem contradictoryGrant(HeldLease grant, @Nullable HeldLease holder) {
        return Problem.of(
                ErrorCode.INTERNAL,
                COMPONENT,
                "The lock " + grant.lock() + " was granted to " + grant.owner() + " with token " + grant.token()
                        + (holder == null
                                ? ", which is not above all earlier ones"
                                : ", while " + holder.owner() + " holds it with token " + holder.token())
                        + ". Nothing was stored.");
    }

    /** A change of a cleanup that must not become true. */
    static Problem contradictoryCleanup(String contradiction) {
        return Problem.of(
                ErrorCode.INTERNAL,
                COMPONENT,
                "The cleanup manager decided what cannot be: " + contradiction + ". Nothing was stored.");
    }

    /** A process would start in a channel whose services are stopped or about to be. */
    public static Problem startsNoProcesses(ChannelName channel, ChannelState state) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel '" + channel + "' is " + state + " and starts no processes. "
                        + (state == ChannelState.DELETING
                                ? "Wait until it is gone, or use another channel."
                                : "Resume it with POST /v1/channels/" + channel + ":resume, or use another channel."),
                Map.of("channel", channel.value(), "state", state.name()));
    }

    /** A change of a process that must not become true. */
    static Problem contradictoryProcess(String contradiction) {
        return Problem.of(
                ErrorCode.INTERNAL,
                COMPONENT,
                "The service manager decided what cannot be: " + contradiction + ". Nothing was stored.");
    }

    static Problem attemptsUsedUp(JobId job, int attempts) {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                COMPONENT,
                "The job " + job + " has had " + attempts + " attempts, and " + Limits.ATTEMPTS_MAX
                        + " is the most a job may have. Submit it as a new job.",
                Map.of("attempts", attempts, "limit", Limits.ATTEMPTS_MAX));
    }
}
