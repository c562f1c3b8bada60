package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.failure;
import static io.millrace.domain.channel.TestJob.job;
import static io.millrace.domain.channel.TestJob.jobs;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.Priority;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JobConditionsTest {
    @Test
    void aQueuedJobSaysHowManySlotsAreTakenAndHowManyJobsAreAhead() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(jobs(1, 5));
        channel.submit(job(6).with(Priority.HIGH), job(7).with(Priority.LOW));
        String slotFree = message(channel, 6);
        channel.start(2);

        assertThat(slotFree).isEqualTo("0 of 2 slots are taken; it is next.");
        assertThat(message(channel, 2)).isEqualTo("All 2 slots are taken; it is next.");
        assertThat(message(channel, 3))
                .isEqualTo("All 2 slots are taken; 1 job of the same or a higher priority is ahead.");
        assertThat(message(channel, 7))
                .isEqualTo("All 2 slots are taken; 4 jobs of the same or a higher priority are ahead.");
        assertThat(channel.conditionTypes(2)).containsExactly("WaitingForSlot");
    }

    @Test
    void theOnlySlotIsCalledSo() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(jobs(1, 2));
        channel.start(1);

        assertThat(message(channel, 2)).startsWith("The only slot is taken;");
    }

    @Test
    void aPausedChannelIsTheReasonBeforeAnySlot() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1), job(2).notBefore(channel.now() + 60_000));
        channel.clockShows(channel.now() + 5_000);
        channel.events(new ChannelCommand.Pause());

        Condition condition = first(channel, 1);

        assertThat(channel.conditionTypes(1)).containsExactly("ChannelPaused");
        assertThat(channel.conditionTypes(2)).containsExactlyInAnyOrder("ChannelPaused", "NotYetDue");
        assertThat(condition.since()).isEqualTo(Instant.ofEpochMilli(ChannelUnderTest.START + 5_000));
        assertThat(condition.message()).contains("resumed");
    }

    @Test
    void aScheduledJobSaysWhenItStarts() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        long due = channel.now() + 60_000;
        channel.submit(job(1).notBefore(due));

        assertThat(channel.conditionTypes(1)).containsExactly("NotYetDue");
        assertThat(message(channel, 1)).contains(Instant.ofEpochMilli(due).toString());
    }

    @Test
    void aJobBetweenAttemptsSaysWhichOneComesWhen() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1).attempts(3));
        channel.start(1);
        channel.end(1, failure(1));

        assertThat(channel.conditionTypes(1)).containsExactly("RetryScheduled");
        assertThat(message(channel, 1))
                .contains("Attempt 1 did not succeed")
                .contains("attempt 2 starts at " + Instant.ofEpochMilli(channel.now() + 1_000));
    }

    @Test
    void aJobThatRunsHasNoConditionUntilItIsAskedToStop() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1));
        channel.start(1);
        var before = channel.conditionTypes(1);
        channel.clockShows(channel.now() + 3_000);
        channel.cancel(1);

        assertThat(before).isEmpty();
        assertThat(channel.conditionTypes(1)).containsExactly("CancelRequested");
        assertThat(first(channel, 1).since()).isEqualTo(Instant.ofEpochMilli(channel.now()));
    }

    @Test
    void aHistoryThatIsBehindIsNamedAsTheReason() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        for (int from = 1; from < Limits.ENDED_JOBS_HELD_MAX; from += 10_000) {
            channel.submit(jobs(from, from + 9_999));
        }
        channel.events(new ChannelCommand.Purge());
        channel.submit(job(Limits.ENDED_JOBS_HELD_MAX + 1));

        assertThat(channel.conditionTypes(Limits.ENDED_JOBS_HELD_MAX + 1)).containsExactly("WaitingForHistory");
    }

    @Test
    void aJobWhoseTimeHasComeWaitsForASlotEvenBeforeTheChannelNoticed() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1).notBefore(channel.now() + 1_000));

        channel.clockShows(channel.now() + Duration.ofSeconds(2).toMillis());

        assertThat(channel.conditionTypes(1)).containsExactly("WaitingForSlot");
    }

    private static Condition first(ChannelUnderTest channel, int job) {
        return channel.live
                .conditionsOf(channel.waitingOrRunning(job), channel.now())
                .getFirst();
    }

    private static String message(ChannelUnderTest channel, int job) {
        return first(channel, job).message();
    }
}
