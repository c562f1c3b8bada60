package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.job;
import static io.millrace.domain.channel.TestJob.jobs;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.Priority;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StartOrderTest {
    @Test
    @Proves("B-27")
    void threeQueuedJobsStartHighThenMediumThenLow() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(9));
        channel.start(1);
        channel.submit(job(1).with(Priority.LOW), job(2).with(Priority.MEDIUM), job(3).with(Priority.HIGH));

        List<Integer> order = endAndStartOneByOne(channel, 9, 3);

        assertThat(order).containsExactly(3, 2, 1);
    }

    @Test
    void withinAPriorityTheEarlierAcceptedStartsFirst() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(20);
        channel.submit(jobs(1, 5));
        channel.submit(jobs(6, 9));

        assertThat(channel.start(20)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void of21StartsSixteenAreHighFourMediumAndOneLow() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1_000);
        submitOfEachPriority(channel, 100);

        List<Integer> round = channel.start(21);
        List<Integer> nextRound = channel.start(21);

        assertThat(round.stream().filter(job -> job < 1_000)).hasSize(16);
        assertThat(round.stream().filter(job -> job > 1_000 && job < 2_000)).hasSize(4);
        assertThat(round.stream().filter(job -> job > 2_000)).hasSize(1);
        assertThat(nextRound.stream().filter(job -> job > 2_000)).hasSize(1);
    }

    @Test
    void theLowestPriorityIsDelayedButNeverStarved() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(5_000).with(Priority.LOW));
        int startsUntilLow = 0;
        List<Integer> started = List.of();

        for (int next = 1; !started.contains(5_000); next++) {
            channel.submit(job(2 * next).with(Priority.HIGH), job(2 * next + 1));
            started = channel.start(1);
            channel.end(started.getFirst(), success());
            startsUntilLow++;
        }

        assertThat(startsUntilLow).isEqualTo(21);
    }

    @Test
    void whatAPriorityDoesNotUseTheNextOneGets() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1_000);
        IntStream.rangeClosed(1, 50).forEach(i -> channel.submit(job(i).with(Priority.LOW)));

        List<Integer> onlyLow = channel.start(10);
        channel.submit(job(100).with(Priority.HIGH));
        List<Integer> highCameIn = channel.start(2);

        assertThat(onlyLow).hasSize(10);
        assertThat(highCameIn).containsExactly(100, 11);
    }

    @Test
    void startingOneByOneGivesTheSameOrderAsStartingAllAtOnce() {
        ChannelUnderTest atOnce = ChannelUnderTest.withSlots(1_000);
        ChannelUnderTest oneByOne = ChannelUnderTest.withSlots(1_000);
        submitOfEachPriority(atOnce, 30);
        submitOfEachPriority(oneByOne, 30);

        List<Integer> all = atOnce.start(90);
        List<Integer> single = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            single.addAll(oneByOne.start(1));
        }

        assertThat(single).isEqualTo(all);
    }

    @Test
    void neverMoreStartThanThereAreFreeSlotsOrTheChannelAllows() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(3);
        channel.submit(jobs(1, 10));

        List<Integer> oneIsFree = channel.start(1);
        List<Integer> manyAreFree = channel.start(100);
        List<Integer> allAreTaken = channel.start(100);

        assertThat(oneIsFree).containsExactly(1);
        assertThat(manyAreFree).containsExactly(2, 3);
        assertThat(allAreTaken).isEmpty();
        assertThat(channel.start(0)).isEmpty();
    }

    @Test
    void fewerSlotsTakeNothingAwayFromWhatRuns() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(4);
        channel.submit(jobs(1, 10));
        channel.start(4);

        channel.events(new ChannelCommand.Put(ChannelUnderTest.spec(2, 100)));
        channel.end(1, success());
        channel.end(2, success());
        List<Integer> whileTwoRun = channel.start(10);
        channel.end(3, success());
        List<Integer> whileOneRuns = channel.start(10);

        assertThat(whileTwoRun).isEmpty();
        assertThat(whileOneRuns).containsExactly(5);
        assertThat(channel.stateOf(4)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void eachAttemptHasAHigherEpochThanAllBefore() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(3);
        channel.submit(jobs(1, 4));
        channel.start(3);
        channel.end(2, success());
        channel.start(1);

        assertThat(channel.running(1).epoch()).isEqualTo(1);
        assertThat(channel.running(3).epoch()).isEqualTo(3);
        assertThat(channel.running(4).epoch()).isEqualTo(4);
        assertThat(channel.live.lastEpoch()).isEqualTo(4);
    }

    @Test
    void scheduledJobsBecomeDueInTheOrderOfTheirTimes() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(10);
        long now = channel.now();
        channel.submit(job(1).notBefore(now + 3_000), job(2).notBefore(now + 1_000), job(3).notBefore(now + 2_000));

        channel.pass(Duration.ofMillis(999));
        List<Integer> before = channel.start(10);
        channel.pass(Duration.ofMillis(1_001));
        List<Integer> after = channel.start(10);

        assertThat(before).isEmpty();
        assertThat(after).containsExactly(2, 3);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.SCHEDULED);
        assertThat(channel.live.nextWakeMillis()).isEqualTo(now + 3_000);
    }

    @Test
    void aScheduledJobThatBecomesDueKeepsItsPlaceByAcceptance() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(10);
        channel.submit(job(1).notBefore(channel.now() + 1_000));
        channel.submit(job(2));

        channel.pass(Duration.ofSeconds(2));

        assertThat(channel.start(10)).containsExactly(1, 2);
    }

    @Test
    void moreDueJobsThanOneEventNamesBecomeDueInParts() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        long due = channel.now() + 1_000;
        for (int i = 0; i < 2; i++) {
            channel.submit(IntStream.rangeClosed(i * 9_000 + 1, (i + 1) * 9_000)
                    .mapToObj(n -> job(n).notBefore(due).submitted())
                    .toList());
        }

        channel.pass(Duration.ofSeconds(2));
        long queuedFirst = channel.live.counts().queued();
        long wake = channel.live.nextWakeMillis();
        channel.pass(Duration.ZERO);

        assertThat(queuedFirst).isEqualTo(Limits.JOBS_PER_EVENT_MAX);
        assertThat(wake).isEqualTo(due);
        assertThat(channel.live.counts().queued()).isEqualTo(18_000);
    }

    @Test
    void noAttemptStartsWhoseResultCouldNotBeHeld() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(20);
        int held = Limits.ENDED_JOBS_HELD_MAX - 5;
        for (int from = 1; from <= held; from += 5_000) {
            channel.submit(jobs(from, Math.min(held, from + 4_999)));
        }
        channel.events(new ChannelCommand.Purge());
        channel.live.sealed(1);
        channel.submit(jobs(held + 1, held + 20));

        List<Integer> whileHeld = channel.start(20);
        channel.live.projected(1, channel.now());
        List<Integer> afterProjection = channel.start(20);

        assertThat(whileHeld).hasSize(5);
        assertThat(afterProjection).hasSize(15);
    }

    private static void submitOfEachPriority(ChannelUnderTest channel, int jobs) {
        for (int i = 1; i <= jobs; i++) {
            channel.submit(
                    job(i).with(Priority.HIGH),
                    job(1_000 + i).with(Priority.MEDIUM),
                    job(2_000 + i).with(Priority.LOW));
        }
    }

    private static List<Integer> endAndStartOneByOne(ChannelUnderTest channel, int running, int starts) {
        List<Integer> order = new ArrayList<>();
        int current = running;
        for (int i = 0; i < starts; i++) {
            channel.end(current, success());
            current = channel.start(1).getFirst();
            order.add(current);
        }
        return order;
    }
}
