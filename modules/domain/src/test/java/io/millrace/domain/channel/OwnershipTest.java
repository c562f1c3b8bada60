package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.NotedResources;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnershipTest {
    private static final ChannelCommand TAKE = ChannelUnderTest.takenBy("n2");
    private static final NotedResource BUFFERS =
            new NotedResource(ResourceType.BUFFER, BufferTier.LARGE, 2, 2 << 20, List.of("buffer-1", "buffer-2"));

    @Test
    void aNewOwnerIsRecordedWithAHigherIncarnation() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);

        channel.events(ChannelUnderTest.takenBy("n1"));
        List<ChannelEvent> events = channel.events(TAKE);

        assertThat(events).containsExactly(new ChannelEvent.OwnershipTaken(channel.now(), "n2", 2, "host of n2"));
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
    void aDeletionThatWaitedForTheFormerOwnersAttemptsCanBeCompleted() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1), job(2).atMostOnce());
        channel.start(2);
        channel.events(new ChannelCommand.Delete());

        List<ChannelEvent> events = channel.events(TAKE);

        assertThat(events.stream()
                        .filter(ChannelEvent.AttemptEnded.class::isInstance)
                        .map(event -> ((ChannelEvent.AttemptEnded) event).next()))
                .containsExactly(JobState.CANCELLED, JobState.CANCELLED);
        assertThat(channel.live.exists()).isTrue();
        assertThat(channel.events(new ChannelCommand.CompleteDeletion()))
                .containsExactly(new ChannelEvent.ChannelDeleted(channel.now(), channel.now(), null));
    }

    @Test
    void attemptsWithCleanupGoOnUntilSomebodyHasCleanedUpBehindThem() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(3);
        channel.submit(job(1).withCleanup(), job(2).withCleanup().atMostOnce(), job(3));
        channel.start(3);

        channel.events(TAKE);
        channel.start(1);

        assertThat(channel.live.interrupted()).extracting(LiveJob.Running::id).containsExactly(id(1), id(2));
        assertThat(channel.running(1).node()).isEqualTo("n1");
        assertThat(channel.stateOf(3)).isEqualTo(JobState.RUNNING);

        channel.end(1, AttemptRules.interrupted(channel.running(1)));
        channel.end(2, AttemptRules.interrupted(channel.running(2)));

        assertThat(channel.live.interrupted()).isEmpty();
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.LOST);
    }

    @Test
    void attemptsThatHoldLocksOrHeldResourcesGoOnUntilSomebodyHasCleanedUpBehindThem() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(3);
        channel.submit(job(1), job(2), job(3));
        channel.start(3);
        channel.events(LocksTest.grants(channel, LocksTest.lease(channel, "schema", 1, ownerOf(channel, 1))));
        channel.events(note(channel, 2, BUFFERS));

        channel.events(TAKE);

        assertThat(channel.live.interrupted())
                .allMatch(channel.live::leavesSomethingBehind)
                .extracting(LiveJob.Running::id)
                .containsExactly(id(1), id(2));
        assertThat(channel.stateOf(3)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void whatAnAttemptHeldIsKnownToTheNextOwner() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1));
        channel.start(1);

        List<ChannelEvent> events = channel.events(note(channel, 1, BUFFERS));
        channel.cancel(1);
        channel.events(TAKE);

        long epoch = channel.running(1).epoch();
        assertThat(events)
                .containsExactly(new ChannelEvent.ResourcesNoted(channel.now(), id(1), epoch, List.of(BUFFERS)));
        assertThat(LiveChannel.of(channel.live.snapshot()).running())
                .extracting(LiveJob.Running::noted)
                .containsExactly(new NotedResources(channel.now(), List.of(BUFFERS)));
    }

    @Test
    void anAttemptThatHasGivenBackWhatWasNotedLeavesNothingBehind() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1));
        channel.start(1);
        channel.events(note(channel, 1, BUFFERS));

        channel.events(note(channel, 1));
        channel.events(TAKE);

        assertThat(channel.live.interrupted()).isEmpty();
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void nothingIsNotedOfAttemptsThatHaveEndedOrInAnEarlierLife() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1));
        channel.start(1);
        ChannelCommand.NoteResources late = note(channel, 1, BUFFERS);
        channel.events(TAKE);
        channel.start(1);

        assertThat(channel.events(late)).isEmpty();
        ChannelCommand.NoteResources ended = note(channel, 1, BUFFERS);
        channel.end(1, success());

        assertThat(channel.events(ended)).isEmpty();
    }

    private static Owner ownerOf(ChannelUnderTest channel, int job) {
        return new Owner("job attempt", id(job), channel.running(job).epoch());
    }

    private static ChannelCommand.NoteResources note(ChannelUnderTest channel, int job, NotedResource... held) {
        var resources = new ChannelCommand.AttemptResources(
                id(job), channel.running(job).epoch(), List.of(held));
        return new ChannelCommand.NoteResources(channel.live.incarnation(), List.of(resources));
    }

    @Test
    void attemptsOfThisOwnerAreNotInterrupted() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.events(TAKE);
        channel.submit(job(1).withCleanup());
        channel.start(1);

        assertThat(channel.live.interrupted()).isEmpty();
        assertThat(channel.live.isInterrupted(channel.running(1))).isFalse();
    }

    @Test
    void anInterruptedAttemptWaitsForItsCleanupOverSeveralOwners() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).withCleanup());
        channel.start(1);
        channel.events(TAKE);

        channel.cancel(1);
        channel.events(ChannelUnderTest.takenBy("n3"));
        int interrupted = channel.live.interrupted().size();
        channel.end(1, AttemptRules.interrupted(channel.running(1)));

        assertThat(interrupted).isEqualTo(1);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aProcessOfAnotherNodeIsLeftAloneUntilItCannotRunThereAnyMore() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(3);
        channel.submit(job(1).of(JobKind.PROCESS), job(2).of(JobKind.PROCESS).atMostOnce(), job(3));
        channel.start(3);

        channel.events(TAKE);

        assertThat(channel.live.interrupted())
                .allMatch(channel.live::mayRunElsewhere)
                .extracting(LiveJob.Running::id)
                .containsExactly(id(1), id(2));
        assertThat(channel.stateOf(3)).isEqualTo(JobState.QUEUED);
        assertThat(channel.start(3)).containsExactly(3);

        channel.end(1, AttemptRules.interrupted(channel.running(1)));
        channel.end(2, AttemptRules.interrupted(channel.running(2)));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.LOST);
        assertThat(channel.start(3)).containsExactly(1);
        assertThat(channel.live.mayRunElsewhere(channel.running(1))).isFalse();
    }

    @Test
    void aProcessOfThisNodeIsCutOffAtOnce() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).of(JobKind.PROCESS));
        channel.start(1);

        channel.events(ChannelUnderTest.takenBy("n1"));

        assertThat(channel.live.interrupted()).isEmpty();
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aProcessThatTheHostOfTheNewOwnerHasGoesOnAsTheSameAttempt() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.submit(job(1).of(JobKind.PROCESS).atMostOnce(), job(2).of(JobKind.PROCESS));
        channel.start(2);
        LiveJob.Running before = channel.running(1);

        List<ChannelEvent> events = channel.events(ChannelUnderTest.takenBy("n1", Set.of(before.epoch())));

        assertThat(events)
                .contains(new ChannelEvent.AttemptAdopted(
                        channel.now(), id(1), 1, before.epoch(), "n1", before.startedAtMillis()))
                .hasSize(3);
        LiveJob.Running after = channel.running(1);
        assertThat(after.attempts()).isEqualTo(before.attempts());
        assertThat(after.epoch()).isEqualTo(before.epoch());
        assertThat(after.startedAtMillis()).isEqualTo(before.startedAtMillis());
        assertThat(channel.live.isInterrupted(after)).isFalse();
        assertThat(channel.live.isAdopted(after)).isTrue();
        assertThat(channel.stateOf(2)).isEqualTo(JobState.QUEUED);

        channel.end(1, success());

        assertThat(channel.stateOf(1)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void anAdoptedAttemptKeepsItsCancellationAndItsCleanupForItsOwnEnd() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).of(JobKind.PROCESS).withCleanup());
        channel.start(1);
        channel.cancel(1);

        channel.events(ChannelUnderTest.takenBy("n1", Set.of(channel.running(1).epoch())));

        assertThat(channel.live.interrupted()).isEmpty();
        assertThat(channel.running(1).wasCancelRequested()).isTrue();
    }

    @Test
    void aHandlerIsNeverTakenOver() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1));
        channel.start(1);

        channel.events(ChannelUnderTest.takenBy("n1", Set.of(channel.running(1).epoch())));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void anAdoptedAttemptIsCutOffByAnOwnerThatDoesNotHaveItsProcess() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).of(JobKind.PROCESS));
        channel.start(1);
        channel.events(ChannelUnderTest.takenBy("n1", Set.of(channel.running(1).epoch())));

        channel.events(ChannelUnderTest.takenBy("n1"));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aProcessOfTheSameHostNeedNotBeWaitedForWhateverItsNodeIsCalledNow() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(2);
        channel.events(new ChannelCommand.TakeOwnership("n1:4711", "host", Set.of()));
        channel.submit(job(1).of(JobKind.PROCESS), job(2).of(JobKind.PROCESS));
        channel.start(2);

        channel.events(new ChannelCommand.TakeOwnership(
                "n1:4712", "host", Set.of(channel.running(1).epoch())));

        assertThat(channel.running(1).node()).isEqualTo("n1:4712");
        assertThat(channel.stateOf(2)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aProcessOfANodeOfTheSameNameWithAnotherHostIsLeftAloneUntilItCannotRunThereAnyMore() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.events(new ChannelCommand.TakeOwnership("n1", "first host", Set.of()));
        channel.submit(job(1).of(JobKind.PROCESS));
        channel.start(1);

        channel.events(new ChannelCommand.TakeOwnership("n1", "second host", Set.of()));

        assertThat(channel.live.mayRunElsewhere(channel.running(1))).isTrue();
    }

    @Test
    void aProcessOfAnotherNodeWaitsOverSeveralOwnersAndCanBeCancelledMeanwhile() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).of(JobKind.PROCESS));
        channel.start(1);
        channel.events(TAKE);

        channel.cancel(1);
        channel.events(ChannelUnderTest.takenBy("n3"));

        assertThat(channel.live.mayRunElsewhere(channel.running(1))).isTrue();
        channel.end(1, AttemptRules.interrupted(channel.running(1)));
        assertThat(channel.stateOf(1)).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aProcessThatComesBackToItsOwnNodeIsCutOffThere() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).of(JobKind.PROCESS));
        channel.start(1);
        channel.events(TAKE);

        channel.events(ChannelUnderTest.takenBy("n1"));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }
}
