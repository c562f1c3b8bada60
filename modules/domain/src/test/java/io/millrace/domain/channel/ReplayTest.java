package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.failure;
import static io.millrace.domain.channel.ChannelUnderTest.outcome;
import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.job;
import static io.millrace.domain.channel.TestJob.jobs;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.Priority;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.lock.LockChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayTest {
    private final List<ChannelEvent> history = new ArrayList<>();
    private final ChannelUnderTest channel = ChannelUnderTest.absent(ChannelUnderTest.NAME);

    @Test
    void theSameEventsGiveTheSameState() {
        liveABusyLife();
        LiveChannel replayed = LiveChannel.empty();

        history.forEach(replayed::evolve);

        assertThat(replayed.snapshot()).isEqualTo(channel.live.snapshot());
        assertThat(replayed.counts()).isEqualTo(channel.live.counts());
        assertThat(replayed.nextWakeMillis()).isEqualTo(channel.live.nextWakeMillis());
    }

    @Test
    void aSnapshotAndWhatFollowedGiveTheSameStateAsEverythingFromTheBeginning() {
        liveABusyLife();

        for (int taken = 0; taken <= history.size(); taken++) {
            LiveChannel before = LiveChannel.empty();
            history.subList(0, taken).forEach(before::evolve);
            LiveChannel restored = LiveChannel.of(before.snapshot());
            history.subList(taken, history.size()).forEach(restored::evolve);

            assertThat(restored.snapshot()).as("after %d events", taken).isEqualTo(channel.live.snapshot());
        }
    }

    @Test
    void aRestoredChannelDecidesAsTheOneItWasTakenFrom() {
        liveABusyLife();
        LiveChannel restored = LiveChannel.of(channel.live.snapshot());

        for (ChannelCommand command : List.of(
                new ChannelCommand.StartNext(20, "n1"),
                new ChannelCommand.Purge(),
                ChannelUnderTest.takenBy("n2"),
                new ChannelCommand.Submit(jobs(1, 1), "key", "hash"),
                CleanupsTest.register(channel, "task-2"),
                ProcessesTest.register(channel, 2),
                new ChannelCommand.Delete())) {
            assertThat(channel.rules.decide(restored, command, channel.now())).isEqualTo(channel.decide(command));
        }
    }

    @Test
    void aSnapshotDoesNotChangeWithItsChannel() {
        liveABusyLife();
        ChannelSnapshot taken = channel.live.snapshot();
        ChannelSnapshot sameMoment = channel.live.snapshot();

        channel.events(new ChannelCommand.Purge());

        assertThat(taken).isEqualTo(sameMoment).isNotEqualTo(channel.live.snapshot());
    }

    @Test
    void whatTheReadModelHasIsForgottenAfterARestoreAsWell() {
        liveABusyLife();
        LiveChannel restored = LiveChannel.of(channel.live.snapshot());

        restored.sealed(12);
        restored.projected(12, channel.now() + Duration.ofHours(1).toMillis());

        assertThat(restored.endedHeld()).isZero();
        assertThat(restored.submission("key")).isNull();
        assertThat(channel.live.endedHeld()).isPositive();
    }

    @Test
    void anEndedJobThatLivesAgainIsNotForgottenWithItsFirstEnd() {
        ChannelUnderTest own = ChannelUnderTest.withSlots(1);
        own.submit(job(1));
        own.start(1);
        own.end(1, failure(1));
        own.live.sealed(1);
        own.events(new ChannelCommand.Retry(own.ended(1)));
        own.start(1);
        own.end(1, success());
        own.live.sealed(2);

        own.live.projected(1, own.now());
        boolean isHeld = own.live.ended(TestJob.id(1)) != null;
        own.live.projected(2, own.now());

        assertThat(isHeld).isTrue();
        assertThat(own.live.endedHeld()).isZero();
    }

    private void liveABusyLife() {
        decide(new ChannelCommand.Put(ChannelUnderTest.spec(3, 100)));
        decide(ChannelUnderTest.takenBy("n1"));
        decide(new ChannelCommand.Submit(jobs(1, 6), "key", "hash"));
        submit(job(7).with(Priority.HIGH).attempts(3), job(8).with(Priority.LOW));
        submit(job(9).notBefore(channel.now() + 5_000).queueTimeout(Duration.ofSeconds(5)));
        start(3);
        end(7, failure(1));
        end(1, success());
        start(3);
        decide(new ChannelCommand.Cancel(TestJob.id(2)));
        end(2, AttemptOutcome.cancelled(null, "SIGTERM"));
        decide(new ChannelCommand.Retry(channel.ended(2)));
        decide(new ChannelCommand.Pause());
        submit(job(10).atMostOnce().with(Priority.HIGH), job(11).queueTimeout(Duration.ofSeconds(1)));
        decide(new ChannelCommand.Resume());
        start(3);
        decide(ChannelUnderTest.takenBy("n2"));
        channel.clockShows(channel.now() + 6_000);
        decide(new ChannelCommand.Elapse());
        start(2);
        end((int) channel.live.running().iterator().next().id().low(), outcome(AttemptOutcome.Kind.TIMED_OUT));
        decide(LocksTest.grants(channel, LocksTest.lease(channel, "schema", 1), LocksTest.lease(channel, "index", 2)));
        decide(new ChannelCommand.ChangeLocks(
                channel.live.incarnation(),
                List.of(new LockChange.Released(new LockName("schema"), 1, LockChange.Reason.EXPIRED))));
        decide(CleanupsTest.register(channel, "task-1"));
        decide(CleanupsTest.execute(channel, "task-1"));
        decide(ProcessesTest.register(channel, 1));
        decide(ProcessesTest.start(channel));
        submit(job(12).notBefore(channel.now() + 9_000));
    }

    private void submit(TestJob... submitted) {
        for (TestJob job : submitted) {
            decide(new ChannelCommand.Submit(List.of(job.submitted()), null, null));
        }
    }

    private void start(int freeSlots) {
        decide(new ChannelCommand.StartNext(freeSlots, "n1"));
    }

    private void end(int job, AttemptOutcome outcome) {
        decide(new ChannelCommand.EndAttempt(
                TestJob.id(job), channel.running(job).epoch(), outcome));
    }

    private void decide(ChannelCommand command) {
        history.addAll(channel.events(command));
    }
}
