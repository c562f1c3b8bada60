package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.failure;
import static io.millrace.domain.channel.TestJob.job;
import static io.millrace.domain.channel.TestJob.jobs;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobState;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QueueTimeoutTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @Test
    void aJobThatWaitsTooLongFailsWithATimeoutThatSaysWhichLimit() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).queueTimeout(TEN_SECONDS), job(2));
        long wake = channel.live.nextWakeMillis();

        channel.pass(TEN_SECONDS.minusMillis(1));
        JobState justBefore = channel.stateOf(1);
        channel.pass(Duration.ofMillis(1));

        Problem error = Objects.requireNonNull(channel.ended(1).error());
        assertThat(wake).isEqualTo(ChannelUnderTest.START + 10_000);
        assertThat(justBefore).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error.detail()).contains("queueTimeout of 10s");
        assertThat(channel.stateOf(2)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void theWaitCountsFromTheEarliestStart() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).notBefore(channel.now() + 60_000).queueTimeout(TEN_SECONDS));

        channel.pass(Duration.ofMillis(69_999));
        JobState justBefore = channel.stateOf(1);
        channel.pass(Duration.ofMillis(1));

        assertThat(justBefore).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
    }

    @Test
    void onlyTheWaitForTheFirstStartIsLimited() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(
                job(1).queueTimeout(TEN_SECONDS).attempts(2).delay(Duration.ofMinutes(1), 1, Duration.ofHours(1)));
        channel.start(1);
        channel.end(1, failure(1));

        channel.pass(Duration.ofSeconds(30));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.SCHEDULED);
        assertThat(channel.start(1)).isEmpty();
    }

    @Test
    void aJobThatIsRetriedAfterItsFirstStartWaitsWithoutLimit() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).queueTimeout(TEN_SECONDS));
        channel.start(1);
        channel.end(1, failure(1));
        channel.events(new ChannelCommand.Retry(channel.ended(1)));

        channel.pass(Duration.ofMinutes(1));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aJobThatIsDueAndLateAtOnceOnlyEnds() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).notBefore(channel.now() + 1_000).queueTimeout(TEN_SECONDS));
        channel.clockShows(channel.now() + 11_000);

        List<ChannelEvent> events = channel.events(new ChannelCommand.Elapse());

        assertThat(events).hasSize(1);
        assertThat(events.getFirst()).isInstanceOf(ChannelEvent.JobsEnded.class);
    }

    @Test
    void aJobThatWaitedTooLongEndsRatherThanStartEvenIfTimeWasNotNoticed() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(5);
        channel.submit(job(1).queueTimeout(TEN_SECONDS), job(2), job(3).queueTimeout(TEN_SECONDS.multipliedBy(2)));

        channel.clockShows(channel.now() + 10_000);
        List<Integer> started = channel.start(5);

        assertThat(started).containsExactly(2, 3);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
    }

    @Test
    void differentLimitsAreToldApart() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).queueTimeout(TEN_SECONDS), job(2).queueTimeout(Duration.ofMillis(2_500)));

        channel.pass(TEN_SECONDS);

        assertThat(Objects.requireNonNull(channel.ended(1).error()).detail()).contains("of 10s");
        assertThat(Objects.requireNonNull(channel.ended(2).error()).detail()).contains("of 2500ms");
    }

    @Test
    void moreLateJobsThanOneEventNamesEndInPartsAndNoneOfThemStarts() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(5);
        for (int from = 1; from < 18_000; from += 9_000) {
            channel.submit(IntStream.range(from, from + 9_000)
                    .mapToObj(n -> job(n).queueTimeout(TEN_SECONDS).submitted())
                    .toList());
        }
        channel.submit(jobs(20_000, 20_000));
        channel.clockShows(channel.now() + 10_000);

        List<Integer> first = channel.start(5);
        long failedFirst = channel.live.counts().failed();
        List<Integer> second = channel.start(5);

        assertThat(first).isEmpty();
        assertThat(failedFirst).isEqualTo(10_000);
        assertThat(second).containsExactly(20_000);
        assertThat(channel.live.counts().failed()).isEqualTo(18_000);
    }

    @Test
    void anEndlessWaitNeverOverflows() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).queueTimeout(Duration.ofMillis(Long.MAX_VALUE)));

        channel.pass(Duration.ofDays(36_500));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
        assertThat(channel.live.nextWakeMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aClockThatJumpsBackDelaysButLosesNothing() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).notBefore(channel.now() + 1_000));

        channel.clockShows(channel.now() - Duration.ofHours(1).toMillis());
        channel.pass(Duration.ofSeconds(2));
        JobState early = channel.stateOf(1);
        channel.pass(Duration.ofHours(1));

        assertThat(early).isEqualTo(JobState.SCHEDULED);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }
}
