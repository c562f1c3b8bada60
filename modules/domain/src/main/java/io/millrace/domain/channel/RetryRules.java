package io.millrace.domain.channel;

import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.Limits;

/** What follows an attempt: the end of its job, or another attempt and when. */
final class RetryRules {
    private RetryRules() {}

    static JobState stateAfter(LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome) {
        return switch (outcome.kind()) {
            case SUCCEEDED -> JobState.SUCCEEDED;
            case CANCELLED -> JobState.CANCELLED;
            case FAILED_FOR_GOOD -> job.isCancelRequested() ? JobState.CANCELLED : JobState.FAILED;
            case FAILED, TIMED_OUT -> afterFailure(channel, job, outcome);
            case INTERRUPTED -> afterInterruption(channel, job);
        };
    }

    private static JobState afterFailure(LiveChannel channel, LiveJob.Running job, AttemptOutcome outcome) {
        if (job.isCancelRequested()) {
            return JobState.CANCELLED;
        }
        JobPolicy policy = job.submitted().policy();
        boolean isRetried = channel.state() != ChannelState.DELETING
                && job.attempts() < Math.min(policy.maxAttempts(), Limits.ATTEMPTS_MAX)
                && (outcome.exitCode() == null || !policy.noRetryExitCodes().contains(outcome.exitCode()));
        return isRetried ? JobState.SCHEDULED : JobState.FAILED;
    }

    /**
     * An interruption is nobody's failure, so it does not use up {@code maxAttempts}: at least once means that the work
     * is run again until an attempt tells how it ended.
     */
    private static JobState afterInterruption(LiveChannel channel, LiveJob.Running job) {
        if (job.isCancelRequested() || channel.state() == ChannelState.DELETING) {
            return JobState.CANCELLED;
        }
        if (job.submitted().policy().delivery() == Delivery.AT_MOST_ONCE) {
            return JobState.LOST;
        }
        return job.attempts() < Limits.ATTEMPTS_MAX ? JobState.SCHEDULED : JobState.FAILED;
    }

    /** Earliest start of the next attempt; an interrupted one is due at once. */
    static long retryAtMillis(LiveJob.Running job, AttemptOutcome outcome, long nowMillis) {
        if (outcome.kind() == AttemptOutcome.Kind.INTERRUPTED) {
            return 0;
        }
        return nowMillis + delayMillis(job);
    }

    private static long delayMillis(LiveJob.Running job) {
        JobPolicy policy = job.submitted().policy();
        double grown = policy.initialDelayMillis() * Math.pow(policy.factor(), job.attempts() - 1.0);
        double bounded = Math.min(grown, policy.maxDelayMillis());
        double varied = bounded * (1 + policy.jitter() * variation(job));
        return Math.max(1, Math.round(Math.min(varied, policy.maxDelayMillis())));
    }

    /** Between -1 and 1, the same for the same attempt, so that a decision can be replayed. */
    private static double variation(LiveJob.Running job) {
        long mixed = (job.id().low() + job.attempts()) * 0x9E3779B97F4A7C15L;
        mixed ^= mixed >>> 32;
        return ((mixed & 0xFFFF) / 32767.5) - 1;
    }
}
