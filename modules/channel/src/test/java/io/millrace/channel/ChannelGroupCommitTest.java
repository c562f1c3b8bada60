package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.submit;
import static io.millrace.channel.fixture.TestJobs.id;
import static io.millrace.channel.fixture.TestJobs.submitted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelGroupCommitTest {
    private final ChannelFixture fixture = ChannelFixture.withRealTime();

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void whatIsQueuedTogetherIsStoredInOneEntryWithTheStartsItAllows() {
        // given a channel that is still reading its journal
        fixture.gate.holdRecoveries();
        fixture.start();
        TestProbe<ChannelReply> caller = fixture.caller();

        // when several commands arrive meanwhile
        fixture.channel().tell(new ChannelRequest.Put(ChannelFixture.slots(2), caller.ref()));
        for (int i = 1; i <= 5; i++) {
            fixture.channel().tell(submit(caller.ref(), submitted(i)));
        }
        fixture.gate.open();

        // then one entry holds them all and every caller is answered
        caller.expectMessageClass(ChannelReply.ChannelShown.class, ChannelFixture.PATIENCE);
        for (int i = 1; i <= 5; i++) {
            caller.expectMessageClass(ChannelReply.Accepted.class);
        }
        List<JournalEntry> entries = fixture.journal.entries(ChannelFixture.NAME);
        assertThat(entries).hasSize(1);
        assertThat(entries.getFirst().events())
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly(
                        "OwnershipTaken",
                        "ChannelCreated",
                        "JobsSubmitted",
                        "JobsSubmitted",
                        "JobsSubmitted",
                        "JobsSubmitted",
                        "JobsSubmitted",
                        "AttemptStarted",
                        "AttemptStarted");
        assertThat(fixture.started().job()).isEqualTo(id(1));
        assertThat(fixture.started().job()).isEqualTo(id(2));
    }

    @Test
    void nobodySeesOrRunsWhatIsNotStored() {
        // given a write that is under way
        fixture.start().created();
        fixture.gate.holdWrites();
        TestProbe<ChannelReply> submitter = fixture.caller();
        TestProbe<ChannelReply> reader = fixture.caller();

        // when a reader asks for the job that is being stored
        fixture.channel().tell(submit(submitter.ref(), submitted(1)));
        fixture.channel().tell(new ChannelRequest.ShowJob(id(1), reader.ref()));

        // then it hears nothing, and nothing runs, until the write is done
        reader.expectNoMessage(Duration.ofMillis(100));
        submitter.expectNoMessage(Duration.ZERO);
        fixture.gate.open();
        assertThat(reader.expectMessageClass(ChannelReply.JobShown.class).job().state())
                .isEqualTo(JobState.RUNNING);
        submitter.expectMessageClass(ChannelReply.Accepted.class);
        assertThat(fixture.started().job()).isEqualTo(id(1));
    }

    @Test
    void aFailedWriteAnswersEverybodyWithUnknownAndLeavesNothingBehind() {
        // given a channel whose next write fails, with two submits and a read on their way
        fixture.start().created();
        fixture.threads.expectMessageClass(io.millrace.channel.thread.ThreadManager.Configure.class);
        fixture.crash();
        fixture.gate.holdRecoveries();
        fixture.start();
        TestProbe<ChannelReply> caller = fixture.caller();
        fixture.channel().tell(submit(caller.ref(), submitted(1)));
        fixture.channel().tell(submit(caller.ref(), submitted(2)));
        fixture.channel().tell(new ChannelRequest.ShowJob(id(1), caller.ref()));

        // when the write fails
        fixture.persistence().failNextPersisted(ChannelFixture.PERSISTENCE_ID);
        fixture.gate.open();

        // then everybody is told that the outcome is unknown and what to do
        for (int i = 0; i < 3; i++) {
            Problem problem = caller.expectMessageClass(ChannelReply.Refused.class, ChannelFixture.PATIENCE)
                    .problem();
            assertThat(problem.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(problem.detail()).contains("unknown", "same Idempotency-Key");
            assertThat(problem.retryAfter()).isNotNull();
        }
        // and nothing was half accepted, nothing was started, and the channel works again
        fixture.threads.expectNoMessage(Duration.ZERO);
        fixture.ask(ChannelReply.JobNotHeld.class, replyTo -> new ChannelRequest.ShowJob(id(1), replyTo));
        fixture.submitted(submitted(1));
        assertThat(fixture.storedEvents(ChannelEvent.JobsSubmitted.class)).hasSize(1);
        assertThat(fixture.started().job()).isEqualTo(id(1));
    }

    @Test
    void aRejectedWriteAnswersEverybodyAndTheChannelWorksAgain() {
        fixture.start().created();
        fixture.persistence().rejectNextPersisted(ChannelFixture.PERSISTENCE_ID);

        Problem problem = fixture.ask(ChannelReply.Refused.class, replyTo -> submit(replyTo, submitted(1)))
                .problem();

        assertThat(problem.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        fixture.submitted(submitted(1));
        assertThat(fixture.storedEvents(ChannelEvent.JobsSubmitted.class)).hasSize(1);
    }

    @Test
    void aLargeDecisionIsStoredAsSeveralEntriesInOneTransaction() {
        // given
        fixture.gate.holdRecoveries();
        fixture.start();
        TestProbe<ChannelReply> caller = fixture.caller();

        // when three submits of 0.7 MB each are stored together
        fixture.channel().tell(new ChannelRequest.Put(ChannelSpec.DEFAULT, caller.ref()));
        for (int i = 1; i <= 9; i++) {
            fixture.channel().tell(submit(caller.ref(), submitted(i, 230_000)));
        }
        fixture.gate.open();

        // then no entry is larger than its limit
        caller.expectMessageClass(ChannelReply.ChannelShown.class, ChannelFixture.PATIENCE);
        for (int i = 1; i <= 9; i++) {
            caller.expectMessageClass(ChannelReply.Accepted.class, ChannelFixture.PATIENCE);
        }
        List<JournalEntry> entries = fixture.journal.entries(ChannelFixture.NAME);
        assertThat(entries)
                .hasSizeGreaterThan(2)
                .allSatisfy(entry ->
                        assertThat(StoredSize.of(entry)).isLessThanOrEqualTo(Limits.JOURNAL_ENTRY_BYTES_MAX + 1_000));
    }

    @Test
    void oneRequestMoreThanMayWaitIsRefusedAtOnce() {
        // given a channel that cannot look at anything yet
        fixture.gate.holdRecoveries();
        fixture.start();
        TestProbe<ChannelReply> patient = fixture.caller();
        TestProbe<ChannelReply> late = fixture.caller();
        for (int i = 0; i < Limits.CHANNEL_STASH_MAX; i++) {
            fixture.channel().tell(new ChannelRequest.Show(patient.ref()));
        }

        // when one more arrives
        fixture.channel().tell(new ChannelRequest.Show(late.ref()));

        // then it is refused, and the others are still answered
        Problem problem = late.expectMessageClass(ChannelReply.Refused.class, ChannelFixture.PATIENCE)
                .problem();
        assertThat(problem.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(problem.context()).containsEntry("limit", Limits.CHANNEL_STASH_MAX);
        fixture.gate.open();
        assertThat(patient.receiveSeveralMessages(Limits.CHANNEL_STASH_MAX, ChannelFixture.PATIENCE))
                .hasSize(Limits.CHANNEL_STASH_MAX);
    }

    @Test
    void aBatchThatTravelsInPartsIsAcceptedWhole() {
        fixture.start().created();
        fixture.channel().tell(new ChannelRequest.SubmitPart("s1", List.of(submitted(1), submitted(2))));
        fixture.channel().tell(new ChannelRequest.SubmitPart("s1", List.of(submitted(3))));

        fixture.ask(
                ChannelReply.Accepted.class,
                replyTo -> new ChannelRequest.Submit("s1", 2, List.of(submitted(4)), null, null, replyTo));

        List<ChannelEvent.JobsSubmitted> stored = fixture.storedEvents(ChannelEvent.JobsSubmitted.class);
        assertThat(stored).hasSize(1);
        assertThat(stored.getFirst().jobs()).extracting(job -> job.id()).containsExactly(id(1), id(2), id(3), id(4));
    }

    @Test
    void aBatchWithAMissingPartIsRefusedWhole() {
        fixture.start().created();
        fixture.channel().tell(new ChannelRequest.SubmitPart("s1", List.of(submitted(1))));

        ChannelReply.Refused refused = fixture.ask(
                ChannelReply.Refused.class,
                replyTo -> new ChannelRequest.Submit("s1", 2, List.of(submitted(4)), null, null, replyTo));

        assertThat(refused.problem().detail()).contains("Nothing was accepted");
        assertThat(fixture.storedEvents(ChannelEvent.JobsSubmitted.class)).isEmpty();
    }

    @Test
    void repliesComeInTheOrderOfTheCommands() {
        fixture.start().created();
        TestProbe<ChannelReply> caller = fixture.caller();
        List<String> expected = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            fixture.channel().tell(submit(caller.ref(), submitted(i)));
            fixture.channel().tell(new ChannelRequest.ShowJob(id(i), caller.ref()));
            expected.addAll(List.of("Accepted", "JobShown"));
        }

        List<ChannelReply> replies = caller.receiveSeveralMessages(100, ChannelFixture.PATIENCE);

        assertThat(replies)
                .extracting(reply -> reply.getClass().getSimpleName())
                .isEqualTo(expected);
    }
}
