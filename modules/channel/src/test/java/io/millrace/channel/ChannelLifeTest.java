package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static io.millrace.channel.ChannelFixture.submit;
import static io.millrace.channel.fixture.TestJobs.id;
import static io.millrace.channel.fixture.TestJobs.submitted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.job.Progress;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JobPolicy;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.SubmittedJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelLifeTest {
    private static final AttemptOutcome FAILED = AttemptOutcome.failed(
            AttemptOutcome.Kind.FAILED, 1, null, Problem.of(ErrorCode.INVALID_STATE, "Process", "Exit code 1."));

    private ChannelFixture fixture = ChannelFixture.withRealTime();

    @AfterEach
    void stop() {
        fixture.close();
    }

    private void useManualTime() {
        fixture.close();
        fixture = ChannelFixture.withManualTime();
    }

    // Running jobs

    @Test
    void aFreedSlotIsFilledInTheSameWrite() {
        // given one slot and two jobs
        fixture.start().created(ChannelFixture.slots(1));
        fixture.submitted(submitted(1), submitted(2));
        AttemptId first = fixture.started();

        // when the first ends
        fixture.succeed(first);

        // then the entry that stores its end stores the start of the second
        AttemptId second = fixture.started();
        assertThat(second.job()).isEqualTo(id(2));
        assertThat(second.epoch()).isGreaterThan(first.epoch());
        assertThat(fixture.journal.entries(ChannelFixture.NAME).getLast().events())
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly("AttemptEnded", "AttemptStarted");
    }

    @Test
    void aWaitingCallerIsAnsweredWhenTheJobHasEnded() {
        fixture.start().created();
        fixture.submitted(submitted(1));
        TestProbe<ChannelReply> caller = fixture.caller();
        fixture.channel().tell(new ChannelRequest.AwaitEnd(id(1), 60_000, caller.ref()));

        fixture.finish(fixture.started(), AttemptOutcome.succeeded(null, "42"));

        JobView job =
                caller.expectMessageClass(ChannelReply.JobShown.class, PATIENCE).job();
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.resultJson()).isEqualTo("42");
    }

    @Test
    void aWaitingCallerGetsTheStateAsItIsWhenItsTimeIsUp() {
        useManualTime();
        fixture.start().created();
        fixture.submitted(submitted(1));
        TestProbe<ChannelReply> caller = fixture.caller();
        fixture.channel().tell(new ChannelRequest.AwaitEnd(id(1), 2_000, caller.ref()));
        fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.ShowJob(id(1), replyTo));

        fixture.advanceClock(Duration.ofSeconds(2));
        fixture.time().timePasses(Duration.ofSeconds(2));

        assertThat(caller.expectMessageClass(ChannelReply.JobShown.class, PATIENCE)
                        .job()
                        .state())
                .isEqualTo(JobState.RUNNING);
    }

    @Test
    void progressAndConditionsOfARunningAttemptAreShown() {
        fixture.start().created();
        fixture.submitted(submitted(1));
        AttemptId attempt = fixture.started();
        Instant since = Instant.ofEpochMilli(fixture.now());

        fixture.report(new ChannelReport.Progressed(attempt, new Progress(3, 10L, "reading", since)));
        fixture.report(new ChannelReport.AttemptWaits(attempt, new Condition("WaitingForResource", "waits", since)));
        fixture.report(new ChannelReport.AttemptNoted(attempt, new Condition("MemoryNotEnforced", "is not", since)));
        fixture.report(new ChannelReport.ConditionRaised(new Condition("CleanupFailed", "a file is left", since)));

        JobView job = fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.ShowJob(id(1), replyTo))
                .job();
        assertThat(job.progress()).isEqualTo(new Progress(3, 10L, "reading", since));
        assertThat(job.conditions()).extracting(Condition::type).contains("WaitingForResource", "MemoryNotEnforced");
        ChannelView channel = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel();
        assertThat(channel.state()).isEqualTo(ChannelState.DEGRADED);
        assertThat(channel.threadsActive()).isEqualTo(1);
    }

    @Test
    void cancellingARunningJobReachesItsAttemptAfterTheRequestIsStored() {
        fixture.start().created();
        fixture.submitted(submitted(1));
        AttemptId attempt = fixture.started();

        fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.Cancel(id(1), replyTo));

        ThreadManager.Cancel cancel = fixture.threads.expectMessageClass(ThreadManager.Cancel.class, PATIENCE);
        assertThat(cancel).isEqualTo(new ThreadManager.Cancel(id(1), attempt.epoch()));
        assertThat(fixture.storedEvents(ChannelEvent.CancelRequested.class)).hasSize(1);
        fixture.finish(attempt, AttemptOutcome.cancelled(null, null));
        assertThat(fixture.awaitEnd(id(1)).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void quarantinedSlotsAreNotFilled() {
        fixture.start().created(ChannelFixture.slots(2));
        fixture.report(new ChannelReport.SlotsTaken(1, 0, 0));

        fixture.submitted(submitted(1), submitted(2));

        assertThat(fixture.started().job()).isEqualTo(id(1));
        assertThat(fixture.storedEvents(ChannelEvent.AttemptStarted.class)).hasSize(1);
        fixture.report(ChannelReport.SlotsTaken.NONE);
        assertThat(fixture.started().job()).isEqualTo(id(2));
    }

    @Test
    void aRestartedThreadManagerIsHandedEveryRunningAttemptAgain() {
        fixture.start().created();
        fixture.submitted(submitted(1), submitted(2));
        AttemptId first = fixture.started();
        AttemptId second = fixture.started();
        fixture.succeed(first);
        fixture.awaitEnd(id(1));

        fixture.report(new ChannelReport.ThreadManagerRestarted());

        assertThat(fixture.started()).isEqualTo(second);
    }

    @Test
    void aScheduledJobStartsWhenItsTimeHasCome() {
        useManualTime();
        fixture.start().created();
        long due = fixture.now() + 30_000;
        fixture.submitted(new SubmittedJob(
                id(1), JobKind.HANDLER, "later", Priority.MEDIUM, due, JobPolicy.DEFAULT, Map.of(), new byte[0]));
        assertThat(fixture.storedEvents(ChannelEvent.AttemptStarted.class)).isEmpty();

        fixture.advanceClock(Duration.ofSeconds(30));
        fixture.time().timePasses(Duration.ofSeconds(30));

        assertThat(fixture.started().job()).isEqualTo(id(1));
    }

    // Retry

    @Test
    void aRetryFromWhatTheReadModelShowedBeforeTheJobRanAgainMustLookAgain() {
        // given two callers who looked up the same failed job
        fixture.start().created(ChannelFixture.slots(1));
        fixture.submitted(fixture.accepted());
        JobId job = failLatest();
        ChannelRequest.StoredJob one = lookedUp(job);
        ChannelRequest.StoredJob other = lookedUp(job);

        // when one retries it and it fails again
        fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.Retry(job, one, replyTo));
        failLatest();

        // then the other must look again, and retries the latest attempt
        fixture.ask(ChannelReply.LookUpToRetry.class, replyTo -> new ChannelRequest.Retry(job, other, replyTo));
        ChannelRequest.StoredJob latest = lookedUp(job);
        fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.Retry(job, latest, replyTo));
        assertThat(fixture.storedEvents(ChannelEvent.JobRetried.class))
                .extracting(ChannelEvent.JobRetried::attempts)
                .containsExactly(1, 2);
    }

    @Test
    void aRetryFromWhatWasLookedUpBeforeTheChannelStartedAgainMustLookAgain() {
        fixture.start().created(ChannelFixture.slots(1));
        fixture.submitted(fixture.accepted());
        JobId job = failLatest();
        ChannelRequest.StoredJob before = lookedUp(job);
        fixture.crash();
        fixture.start();
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);

        fixture.ask(ChannelReply.LookUpToRetry.class, replyTo -> new ChannelRequest.Retry(job, before, replyTo));
    }

    /** Fails the attempt that runs, and returns once the channel has forgotten its job. */
    private JobId failLatest() {
        AttemptId attempt = fixture.started();
        fixture.finish(attempt, FAILED);
        fixture.awaitEnd(attempt.job());
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
        return attempt.job();
    }

    private ChannelRequest.StoredJob lookedUp(JobId job) {
        RecentRetries.Mark mark = fixture.ask(
                        ChannelReply.LookUpToRetry.class, replyTo -> new ChannelRequest.Retry(job, null, replyTo))
                .mark();
        return new ChannelRequest.StoredJob(
                fixture.submissions()
                        .ended(fixture.services
                                .readModel
                                .job(ChannelFixture.NAME, job)
                                .orElseThrow()),
                mark);
    }

    // Idempotency

    @Test
    void theSameKeyGivesTheSameJobsAlsoAfterARestart() {
        // given a job accepted under a key
        fixture.start().created();
        fixture.ask(ChannelReply.Accepted.class, replyTo -> submit(replyTo, "key", "hash", submitted(1)));

        // when the key comes again
        ChannelReply.Replayed again =
                fixture.ask(ChannelReply.Replayed.class, replyTo -> submit(replyTo, "key", "hash", submitted(2)));

        // then it is the same job, from memory, and from the read model in a later life of the channel
        assertThat(again.jobs()).extracting(ChannelReply.KnownJob::id).containsExactly(id(1));
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
        fixture.crash();
        fixture.start();
        ChannelReply.Replayed later =
                fixture.ask(ChannelReply.Replayed.class, replyTo -> submit(replyTo, "key", "hash", submitted(3)));
        assertThat(later.jobs()).extracting(ChannelReply.KnownJob::id).containsExactly(id(1));
        assertThat(fixture.storedEvents(ChannelEvent.JobsSubmitted.class)).hasSize(1);
    }

    @Test
    void twoSubmitsUnderOneKeyAtTheSameTimeCreateOneJob() {
        fixture.start().created();
        TestProbe<ChannelReply> caller = fixture.caller();

        fixture.channel().tell(submit(caller.ref(), "key", "hash", submitted(1)));
        fixture.channel().tell(submit(caller.ref(), "key", "hash", submitted(2)));

        assertThat(caller.receiveSeveralMessages(2, PATIENCE))
                .extracting(reply -> reply.getClass().getSimpleName())
                .containsExactlyInAnyOrder("Accepted", "Replayed");
        assertThat(fixture.storedEvents(ChannelEvent.JobsSubmitted.class)).hasSize(1);
    }

    @Test
    void anotherBodyUnderAKnownKeyIsRefused() {
        fixture.start().created();
        fixture.ask(ChannelReply.Accepted.class, replyTo -> submit(replyTo, "key", "hash", submitted(1)));

        Problem problem = fixture.ask(
                        ChannelReply.Refused.class, replyTo -> submit(replyTo, "key", "other", submitted(2)))
                .problem();

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.violations()).isNotEmpty();
    }

    @Test
    void aKeyThatCannotBeLookedUpIsRefusedAndNothingIsAccepted() {
        fixture.start().created();
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
        fixture.services.readModel.failNext(1);

        Problem problem = fixture.ask(
                        ChannelReply.Refused.class, replyTo -> submit(replyTo, "key", "hash", submitted(1)))
                .problem();

        assertThat(problem.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(problem.detail()).contains("Nothing was accepted");
        assertThat(fixture.storedEvents(ChannelEvent.JobsSubmitted.class)).isEmpty();
    }

    // Coming and going

    @Test
    void aCrashedChannelComesBackWithEverythingAndRunsCutOffAttemptsAgain() {
        // given a finished, a running and a queued job
        fixture.start().created(ChannelFixture.slots(1));
        fixture.submitted(submitted(1), submitted(2), submitted(3));
        fixture.succeed(fixture.started());
        AttemptId cutOff = fixture.started();
        fixture.awaitEnd(id(1));

        // when the node dies and the channel starts again
        fixture.crash();
        fixture.start();

        // then the cut-off attempt is recorded as such and its job runs again under a higher epoch
        AttemptId again = fixture.started();
        assertThat(again.job()).isEqualTo(id(2));
        assertThat(again.number()).isEqualTo(2);
        assertThat(again.epoch()).isGreaterThan(cutOff.epoch());
        assertThat(fixture.storedEvents(ChannelEvent.OwnershipTaken.class))
                .extracting(ChannelEvent.OwnershipTaken::incarnation)
                .containsExactly(1L, 2L);
        // and a late result of the cut-off attempt changes nothing
        fixture.succeed(cutOff);
        fixture.succeed(again);
        fixture.succeed(fixture.started());
        assertThat(fixture.awaitEnd(id(3)).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(fixture.storedEvents(ChannelEvent.LateResultRecorded.class)).hasSize(1);
        assertThat(fixture.storedEvents(ChannelEvent.AttemptEnded.class))
                .filteredOn(ended -> ended.next().isTerminal())
                .extracting(ChannelEvent.AttemptEnded::job)
                .containsExactly(id(1), id(2), id(3));
    }

    @Test
    void recoveryFromASnapshotGivesTheStateThatReplayGives() {
        // given enough stored bytes for a snapshot, and more behind it
        fixture.start().created(ChannelFixture.slots(1));
        for (int i = 1; i <= 41; i += 10) {
            fixture.submitted(IntStream.range(i, i + 10)
                    .mapToObj(n -> submitted(n, 200_000))
                    .toArray(SubmittedJob[]::new));
        }
        fixture.succeed(fixture.started());
        fixture.awaitEnd(id(1));
        ChannelView before = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel();
        assertThat(fixture.journal.discards()).isNotEmpty();

        // when the channel starts again
        fixture.crash();
        fixture.start();

        // then it is the same but for its owner's incarnation and the attempt that was cut off
        ChannelView after = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel();
        assertThat(after.jobs()).isEqualTo(before.jobs());
        assertThat(after.spec()).isEqualTo(before.spec());
        assertThat(after.incarnation()).isEqualTo(before.incarnation() + 1);
        for (int i = 2; i <= 50; i++) {
            int n = i;
            JobView job = fixture.ask(
                            ChannelReply.JobShown.class, replyTo -> new ChannelRequest.ShowJob(id(n), replyTo))
                    .job();
            assertThat(job.specJson()).hasSize(200_000);
        }
    }

    @Test
    void aChannelThatIsHandedOffRecordsItsInterruptedAttemptsAndAsksToBeStartedElsewhere() {
        // given a running job
        fixture.start().created();
        fixture.submitted(submitted(1));
        AttemptId attempt = fixture.started();
        TestProbe<Object> watcher = fixture.testKit().createTestProbe();

        // when the shard moves
        fixture.channel().tell(Channel.HandOff.INSTANCE);
        ThreadManager.Stop stop = fixture.threads.expectMessageClass(ThreadManager.Stop.class, PATIENCE);
        fixture.finish(
                attempt,
                AttemptOutcome.failed(
                        AttemptOutcome.Kind.INTERRUPTED,
                        null,
                        null,
                        Problem.of(ErrorCode.UNAVAILABLE, "ThreadManager", "The channel moves.")));
        stop.replyTo().tell(new ThreadManager.Stopped());

        // then the interruption is stored, nothing further starts, and the channel stops
        watcher.expectTerminated(fixture.channel(), PATIENCE);
        ChannelEvent.AttemptEnded ended =
                fixture.storedEvents(ChannelEvent.AttemptEnded.class).getFirst();
        assertThat(ended.outcome().kind()).isEqualTo(AttemptOutcome.Kind.INTERRUPTED);
        assertThat(ended.next()).isEqualTo(JobState.QUEUED);
        assertThat(fixture.storedEvents(ChannelEvent.AttemptStarted.class)).hasSize(1);
        assertThat(fixture.askedToWakeAgain).hasValue(1);
    }

    @Test
    void anOwnerWhoseWriteFailsBecauseAnotherTookOverEndsInsteadOfTakingTheChannelBack() {
        // given an owner, and another one that took the channel over behind its back
        fixture.start().created();
        ActorRef<Channel.Command> stale = fixture.channel();
        fixture.startOnAnotherNode();
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);
        fixture.submitted(submitted(1));
        TestProbe<Object> watcher = fixture.testKit().createTestProbe();
        TestProbe<ChannelReply> caller = fixture.caller();

        // when the stale owner's next write fails on the journal's key
        fixture.persistence().failNextPersisted(ChannelFixture.PERSISTENCE_ID);
        stale.tell(submit(caller.ref(), submitted(2)));
        caller.expectMessageClass(ChannelReply.Refused.class, PATIENCE);

        // then it ends, and the new owner's attempt is not cut off
        watcher.expectTerminated(stale, PATIENCE);
        assertThat(fixture.storedEvents(ChannelEvent.OwnershipTaken.class))
                .extracting(ChannelEvent.OwnershipTaken::incarnation)
                .containsExactly(1L, 2L);
        assertThat(fixture.storedEvents(ChannelEvent.AttemptEnded.class)).isEmpty();
    }

    @Test
    void aChannelWhoseReadModelIsFarBehindStartsNothingUntilItHasCaughtUp() {
        // given a long journal and a read model that takes nothing of it
        fixture.services.readModel.failNext(Integer.MAX_VALUE);
        List<Object> journal = new ArrayList<>();
        journal.add(new JournalEntry(List.of(new ChannelEvent.ChannelCreated(1, ChannelSpec.DEFAULT))));
        for (int i = 0; i < Limits.PROJECTION_ENTRIES_HELD_MAX; i++) {
            journal.add(new JournalEntry(List.of(new ChannelEvent.ChannelResumed(1))));
        }
        fixture.persistence().persistForRecovery(ChannelFixture.PERSISTENCE_ID, journal);
        fixture.start();

        // when a job is submitted, then it waits
        fixture.submitted(submitted(1));
        assertThat(fixture.storedEvents(ChannelEvent.AttemptStarted.class)).isEmpty();

        // and it starts once the read model has caught up
        fixture.services.readModel.failNext(0);
        assertThat(fixture.threads.fishForMessage(
                        Duration.ofSeconds(30),
                        message -> message instanceof ThreadManager.Run
                                ? FishingOutcomes.complete()
                                : FishingOutcomes.continueAndIgnore()))
                .hasSize(1);
    }

    @Test
    void anIdleChannelIsHandedOffAtOnce() {
        fixture.start().created();
        TestProbe<Object> watcher = fixture.testKit().createTestProbe();

        fixture.channel().tell(Channel.HandOff.INSTANCE);

        watcher.expectTerminated(fixture.channel(), PATIENCE);
        assertThat(fixture.askedToWakeAgain).hasValue(0);
    }

    @Test
    void aWaitingCallerIsToldWhenTheChannelStops() {
        fixture.start().created();
        fixture.submitted(submitted(1));
        TestProbe<ChannelReply> caller = fixture.caller();
        fixture.channel().tell(new ChannelRequest.AwaitEnd(id(1), 60_000, caller.ref()));
        fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.ShowJob(id(1), replyTo));

        fixture.crash();

        assertThat(caller.expectMessageClass(ChannelReply.Refused.class, PATIENCE)
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void aChannelWithoutWorkOrRequestsAsksToLeave() {
        useManualTime();
        fixture.start().created();
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);

        fixture.time().timePasses(Limits.CHANNEL_IDLE_MAX);
        assertThat(fixture.askedToLeave).hasValue(0);
        fixture.advanceClock(Limits.CHANNEL_IDLE_MAX);
        fixture.time().timePasses(Limits.CHANNEL_IDLE_MAX);
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);

        assertThat(fixture.askedToLeave).hasPositiveValue();
    }

    @Test
    void aChannelWithAJobStays() {
        useManualTime();
        fixture.start().created();
        fixture.submitted(submitted(1));

        fixture.advanceClock(Limits.CHANNEL_IDLE_MAX.multipliedBy(3));
        fixture.time().timePasses(Limits.CHANNEL_IDLE_MAX.multipliedBy(3));
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);

        assertThat(fixture.askedToLeave).hasValue(0);
    }

    @Test
    void aChannelWhoseCallersHoldResourcesStaysUntilTheseAreBack() {
        // given
        useManualTime();
        fixture.start().created();
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
        fixture.report(new ChannelReport.ResourcesHeld(true, 0));

        // when nobody asks for anything for long
        fixture.advanceClock(Limits.CHANNEL_IDLE_MAX.multipliedBy(3));
        fixture.time().timePasses(Limits.CHANNEL_IDLE_MAX.multipliedBy(3));
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);

        // then it stays, and goes when nothing is held any more
        assertThat(fixture.askedToLeave).hasValue(0);
        fixture.report(ChannelReport.ResourcesHeld.NONE);
        fixture.advanceClock(Limits.CHANNEL_IDLE_MAX);
        fixture.time().timePasses(Limits.CHANNEL_IDLE_MAX);
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);
        assertThat(fixture.askedToLeave).hasPositiveValue();
    }

    @Test
    void theResourcesOfADeletedChannelAreTakenBack() {
        // given
        fixture.start().created();

        // when
        fixture.deleted();

        // then
        fixture.resources.fishForMessage(
                PATIENCE,
                message -> message == ResourceManager.ReleaseEverything.INSTANCE
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore());
    }

    @Test
    void aChannelThatWasNeverCreatedWritesNothingAndRefuses() {
        fixture.start();

        Problem problem = fixture.ask(ChannelReply.Refused.class, ChannelRequest.Show::new)
                .problem();
        fixture.ask(ChannelReply.Refused.class, replyTo -> submit(replyTo, submitted(1)));
        fixture.ask(ChannelReply.Refused.class, ChannelRequest.Pause::new);

        assertThat(problem.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(fixture.storedEvents()).isEmpty();
    }

    @Test
    void theDeletionOfAChannelReachesTheReadModelAlsoAfterACrash() {
        // given a channel whose deletion is stored and not projected
        fixture.start().created();
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
        fixture.services.readModel.failNext(2);
        fixture.deleted();
        fixture.crash();

        // when it is woken
        fixture.start();
        fixture.ask(ChannelReply.Awake.class, ChannelRequest.Wake::new);
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);

        assertThat(fixture.services.readModel.channelExists(ChannelFixture.NAME))
                .isFalse();
    }

    @Test
    void aDeletedChannelIsUnknownAndCanBeCreatedAgain() {
        fixture.start().created(ChannelFixture.slots(3));
        fixture.deleted();

        assertThat(fixture.ask(ChannelReply.Refused.class, ChannelRequest.Show::new)
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        ChannelReply.ChannelShown again = fixture.ask(
                ChannelReply.ChannelShown.class, replyTo -> new ChannelRequest.Put(ChannelSpec.DEFAULT, replyTo));
        assertThat(again.isCreated()).isTrue();
    }
}
