package io.millrace.domain.channel;

import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.Condition;
import io.millrace.domain.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Says why a job waits, from what the channel knows anyway: no queue is walked for it. */
final class JobConditions {
    private JobConditions() {}

    static List<Condition> of(LiveChannel channel, LiveJob job, long nowMillis) {
        return switch (job) {
            case LiveJob.Running running -> ofRunning(running);
            case LiveJob.Waiting waiting -> ofWaiting(channel, waiting, nowMillis);
        };
    }

    private static List<Condition> ofRunning(LiveJob.Running job) {
        return job.wasCancelRequested()
                ? List.of(condition(
                        "CancelRequested",
                        "Was asked to stop and is cancelled as soon as its attempt has stopped.",
                        job.cancelRequestedAtMillis()))
                : List.of();
    }

    private static List<Condition> ofWaiting(LiveChannel channel, LiveJob.Waiting job, long nowMillis) {
        List<Condition> conditions = new ArrayList<>(2);
        if (channel.state() == ChannelState.PAUSED) {
            conditions.add(condition(
                    "ChannelPaused",
                    "The channel is paused and starts nothing until it is resumed.",
                    Math.max(channel.stateSinceMillis(), job.waitingSinceMillis())));
        }
        if (job.dueAtMillis() > nowMillis) {
            conditions.add(job.attempts() == 0 ? notYetDue(job) : retryScheduled(job));
        } else if (channel.endedHeld() >= Limits.ENDED_JOBS_HELD_MAX) {
            conditions.add(waitingForHistory(channel, job));
        } else if (conditions.isEmpty()) {
            conditions.add(waitingForSlot(channel, job));
        }
        return conditions;
    }

    private static Condition notYetDue(LiveJob.Waiting job) {
        return condition(
                "NotYetDue",
                "Starts at " + Instant.ofEpochMilli(job.dueAtMillis()) + " at the earliest.",
                job.waitingSinceMillis());
    }

    private static Condition retryScheduled(LiveJob.Waiting job) {
        return condition(
                "RetryScheduled",
                "Attempt " + job.attempts() + " did not succeed; attempt " + (job.attempts() + 1) + " starts at "
                        + Instant.ofEpochMilli(job.dueAtMillis()) + " at the earliest.",
                job.waitingSinceMillis());
    }

    private static Condition waitingForHistory(LiveChannel channel, LiveJob.Waiting job) {
        return condition(
                "WaitingForHistory",
                channel.endedHeld() + " ended jobs are not written to the history yet, and "
                        + Limits.ENDED_JOBS_HELD_MAX + " may be; jobs start again once it has caught up.",
                job.waitingSinceMillis());
    }

    private static Condition waitingForSlot(LiveChannel channel, LiveJob.Waiting job) {
        int slots = channel.spec().threads().max();
        int taken = channel.running().size();
        String slotsTaken = taken >= slots
                ? (slots == 1 ? "The only slot is taken" : "All " + slots + " slots are taken")
                : taken + " of " + slots + " slots are taken";
        return condition(
                "WaitingForSlot", slotsTaken + "; " + ahead(channel.ahead(job)) + ".", job.waitingSinceMillis());
    }

    private static String ahead(int jobs) {
        return switch (jobs) {
            case 0 -> "it is next";
            case 1 -> "1 job of the same or a higher priority is ahead";
            default -> jobs + " jobs of the same or a higher priority are ahead";
        };
    }

    private static Condition condition(String type, String message, long sinceMillis) {
        return new Condition(type, message, Instant.ofEpochMilli(sinceMillis));
    }
}
