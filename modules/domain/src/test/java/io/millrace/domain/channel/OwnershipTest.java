package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.job.JobState;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OwnershipTest {
    private static final ChannelCommand TAKE = new ChannelCommand.TakeOwnership("n2");

    @Test
    void aNewOwnerIsRecordedWithAHigherIncarnation() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);

        channel.events(new ChannelCommand.TakeOwnership("n1"));
        List<ChannelEvent> events = channel.events(TAKE);

        assertThat(events).containsExactly(new ChannelEvent.OwnershipTaken(channel.now(), "n2", 2));
        assertThat(channel.live.owner()).isEqualTo("n2");
        assertThat(channel.live.incarnation()).isEqualTo(2);
    }

    @Test
    void attemptsOfTheFormerOwnerAreCutOffAndRunAgainIfAtLeastOnceIsPromised() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(3);
        channel.submit(job(1), job(2).atMostOnce(), job(3), job(4));
        channel.start(3);
        channel.cancel(3);

        channel.events(TAKE);

        assertThat(channel.live.running()).isEmpty();
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.LOST);
        assertThat(channel.stateOf(3)).isEqualTo(JobState.CANCELLED);
        assertThat(channel.start(1)).containsExactly(1);
        assertThat(channel.running(1).attempts()).isEqualTo(2);
    }

    @Test
    void aLostJobSaysWhatHappened() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).atMostOnce());
        channel.start(1);

        channel.events(TAKE);

        var error = Objects.requireNonNull(channel.ended(1).error());
        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error.detail()).contains("Attempt 1").contains("n1").contains("unknown");
    }

    @Test
    void aResultOfTheFormerOwnerComesTooLate() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1));
        channel.start(1);
        long epoch = channel.running(1).epoch();
        channel.events(TAKE);
        channel.start(1);

        List<ChannelEvent> events = channel.events(new ChannelCommand.EndAttempt(id(1), epoch, success()));

        assertThat(events).containsExactly(new ChannelEvent.LateResultRecorded(channel.now(), id(1), epoch));
        assertThat(channel.stateOf(1)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void aDeletionThatWaitedForTheFormerOwnersAttemptsIsComplete() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1), job(2).atMostOnce());
        channel.start(2);
        channel.events(new ChannelCommand.Delete());

        List<ChannelEvent> events = channel.events(TAKE);

        assertThat(events.getLast()).isInstanceOf(ChannelEvent.ChannelDeleted.class);
        assertThat(events.stream()
                        .filter(ChannelEvent.AttemptEnded.class::isInstance)
                        .map(event -> ((ChannelEvent.AttemptEnded) event).next()))
                .containsExactly(JobState.CANCELLED, JobState.CANCELLED);
        assertThat(channel.live.exists()).isFalse();
    }
}
