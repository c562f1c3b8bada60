package io.millrace.domain.channel;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.Limits;
import io.millrace.domain.TimeText;
import java.util.Map;

/** What follows an attempt: the end of its job, or another attempt and when. */
public final class AttemptRules {
    private static final String COMPONENT = "Channel";

    private AttemptRules() {}

    /** The event that ends a running attempt as its outcome demands. */
    static ChannelEvent.AttemptEnded ended(
            LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome, long nowMillis) {
        JobState next = stateAfter(channel, job, outcome);
        long retryAt = next == JobState.SCHEDULED ? saturatedSum(nowMillis, delayMillis(job)) : 0;
        return new ChannelEvent.AttemptEnded(
                nowMillis, job.id(), job.attempts(), job.epoch(), recorded(channel, job, outcome, next), next, retryAt);
    }

    /** How an attempt ended whose owner is gone. */
    public static AttemptOutcome interrupted(LiveJob.Running job) {
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

    private static JobState stateAfter(LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome) {
        return switch (outcome.kind()) {
            case SUCCEEDED -> JobState.SUCCEEDED;
            case CANCELLED -> JobState.CANCELLED;
            case FAILED_FOR_GOOD -> job.wasCancelRequested() ? JobState.CANCELLED : JobState.FAILED;
            case FAILED, TIMED_OUT -> afterFailure(channel, job, outcome);
            case INTERRUPTED -> afterInterruption(channel, job);
        };
    }

    private static JobState afterFailure(LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome) {
        if (job.wasCancelRequested()) {
            return JobState.CANCELLED;
        }
        JobPolicy policy = job.submitted().policy();
        boolean isTriedAgain = channel.state() != ChannelState.DELETING
                && job.attempts() < Math.min(policy.maxAttempts(), Limits.ATTEMPTS_MAX)
                && (outcome.exitCode() == null || !policy.noRetryExitCodes().contains(outcome.exitCode()));
        return isTriedAgain ? JobState.SCHEDULED : JobState.FAILED;
    }

    /**
     * An interruption is nobody's failure, so it does not use up {@code maxAttempts}: at least once means that the work
     * is run again until an attempt tells how it ended.
     */
    private static JobState afterInterruption(LiveChannel channel, LiveJob.Running job) {
        if (job.wasCancelRequested() || channel.state() == ChannelState.DELETING) {
            return JobState.CANCELLED;
        }
        if (job.submitted().policy().delivery() == Delivery.AT_MOST_ONCE) {
            return JobState.LOST;
        }
        return job.attempts() < Limits.ATTEMPTS_MAX ? JobState.QUEUED : JobState.FAILED;
    }

    private static AttemptOutcome recorded(
            LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome, JobState next) {
        return switch (outcome.kind()) {
            case TIMED_OUT ->
                AttemptOutcome.failed(
                        AttemptOutcome.Kind.TIMED_OUT, outcome.exitCode(), outcome.signal(), timedOut(channel, job));
            case INTERRUPTED ->
                next == JobState.CANCELLED ? AttemptOutcome.cancelled(outcome.exitCode(), outcome.signal()) : outcome;
            case SUCCEEDED, FAILED, FAILED_FOR_GOOD, CANCELLED -> outcome;
        };
    }

    private static Problem timedOut(LiveChannel channel, LiveJob.Running job) {
        long limitMillis = channel.attemptTimeoutMillis(job);
        boolean isOwn = limitMillis == job.submitted().policy().timeoutMillis();
        String limit = isOwn ? "timeout" : "channel's jobs.timeout";
        return Problem.of(
                ErrorCode.TIMEOUT,
                COMPONENT,
                "Attempt " + job.attempts() + " ran longer than its " + limit + " of " + TimeText.of(limitMillis)
                        + " allows and was ended. Give the job a longer timeout or less to do.",
                Map.of("timeoutMillis", limitMillis, "attempt", job.attempts()));
    }

    /** Grows with each attempt, varies by the jitter, and lies between 1 ms and the policy's longest delay. */
    private static long delayMillis(LiveJob.Running job) {
        JobPolicy policy = job.submitted().policy();
        double grown = policy.initialDelayMillis() * Math.pow(policy.factor(), job.attempts() - 1.0);
        double varied = Math.min(grown, policy.maxDelayMillis()) * (1 + policy.jitter() * variation(job));
        return Math.max(1, Math.min(Math.round(varied), policy.maxDelayMillis()));
    }

    /** Between -1 and 1, the same whenever the same attempt is decided again. */
    private static double variation(LiveJob.Running job) {
        long mixed = (job.id().high() ^ job.id().low()) + job.attempts() * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        mixed ^= mixed >>> 31;
        return (mixed >>> 11) * 0x1.0p-52 - 1;
    }

    private static long saturatedSum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
}
