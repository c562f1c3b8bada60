package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.RunCause;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelLifecycleTest {
    private static final ChannelSpec TWO_SLOTS = ChannelUnderTest.spec(2, 100);
    private static final ChannelSpec FIVE_SLOTS = ChannelUnderTest.spec(5, 100);

    @Test
    void putCreatesAChannelThatIsNotThere() {
        ChannelUnderTest channel = ChannelUnderTest.absent(ChannelUnderTest.NAME);

        List<ChannelEvent> events = channel.events(new ChannelCommand.Put(TWO_SLOTS));

        assertThat(events).containsExactly(new ChannelEvent.ChannelCreated(channel.now(), TWO_SLOTS));
        assertThat(channel.live.exists()).isTrue();
        assertThat(channel.live.state()).isEqualTo(ChannelState.ACTIVE);
        assertThat(channel.live.spec()).isEqualTo(TWO_SLOTS);
    }

    @Test
    void putReplacesTheSpecificationAndRepeatingItChangesNothing() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);

        List<ChannelEvent> changed = channel.events(new ChannelCommand.Put(FIVE_SLOTS));
        List<ChannelEvent> repeated = channel.events(new ChannelCommand.Put(FIVE_SLOTS));

        assertThat(changed).containsExactly(new ChannelEvent.ChannelChanged(channel.now(), FIVE_SLOTS));
        assertThat(repeated).isEmpty();
        assertThat(channel.live.spec()).isEqualTo(FIVE_SLOTS);
    }

    @Test
    void putDoesNotResumeAPausedChannel() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.events(new ChannelCommand.Pause());

        channel.events(new ChannelCommand.Put(FIVE_SLOTS));

        assertThat(channel.live.state()).isEqualTo(ChannelState.PAUSED);
    }

    @Test
    void commandsForAChannelThatIsNotThereAreRefusedWithTheWayToCreateIt() {
        ChannelUnderTest channel = ChannelUnderTest.absent(ChannelUnderTest.NAME);

        for (ChannelCommand command : List.of(
                new ChannelCommand.Pause(),
                new ChannelCommand.Resume(),
                new ChannelCommand.Drain(),
                new ChannelCommand.Purge(),
                new ChannelCommand.Delete(),
                new ChannelCommand.Cancel(id(1)),
                new ChannelCommand.Submit(TestJob.jobs(1, 1), null, null))) {
            assertThat(channel.refusal(command).code()).as("%s", command).isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(channel.refusal(command).detail()).contains("PUT /v1/channels/build");
        }
    }

    @Test
    void theDefaultChannelComesIntoBeingWithItsFirstChange() {
        ChannelUnderTest channel = ChannelUnderTest.absent(ChannelName.DEFAULT);

        List<ChannelEvent> events = channel.events(new ChannelCommand.Submit(TestJob.jobs(1, 1), null, null));

        assertThat(events).hasSize(2);
        assertThat(events.getFirst()).isEqualTo(new ChannelEvent.ChannelCreated(channel.now(), ChannelSpec.DEFAULT));
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void theDefaultChannelIsNotCreatedByWhatChangesNothing() {
        ChannelUnderTest channel = ChannelUnderTest.absent(ChannelName.DEFAULT);

        List<ChannelEvent> events = channel.events(new ChannelCommand.Resume());
        ErrorCode cancelled = channel.refusal(new ChannelCommand.Cancel(id(1))).code();

        assertThat(events).isEmpty();
        assertThat(cancelled).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(channel.live.exists()).isFalse();
    }

    @Test
    void theDefaultChannelCannotBeDeleted() {
        ChannelUnderTest channel = ChannelUnderTest.absent(ChannelName.DEFAULT);
        channel.submit(job(1));

        var problem = channel.refusal(new ChannelCommand.Delete());

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.detail()).contains("always exists").contains(":purge");
        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aPausedChannelAcceptsJobsAndStartsNone() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.events(new ChannelCommand.Pause());

        channel.submit(job(1));
        List<Integer> started = channel.start(2);
        channel.events(new ChannelCommand.Resume());
        List<Integer> startedAfterResume = channel.start(2);

        assertThat(started).isEmpty();
        assertThat(startedAfterResume).containsExactly(1);
    }

    @Test
    void aPausedChannelStillEndsWhatRuns() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1));
        channel.start(1);
        channel.events(new ChannelCommand.Pause());

        channel.end(1, success());

        assertThat(channel.stateOf(1)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void aDrainingChannelStillTriesFailedJobsAgain() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1).attempts(2));
        channel.start(1);
        channel.events(new ChannelCommand.Drain());

        channel.end(1, ChannelUnderTest.failure(1));
        channel.pass(Duration.ofSeconds(1));

        assertThat(channel.start(1)).containsExactly(1);
    }

    @Test
    void theChannelKnowsSinceWhenItIsInItsState() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.clockShows(channel.now() + 3_000);
        channel.events(new ChannelCommand.Pause());
        channel.clockShows(channel.now() + 3_000);
        channel.events(new ChannelCommand.Put(FIVE_SLOTS));

        assertThat(channel.live.stateSinceMillis()).isEqualTo(ChannelUnderTest.START + 3_000);
    }

    @Test
    void aDrainingChannelRefusesJobsNamingResumeAndRunsWhatIsQueued() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1));
        channel.events(new ChannelCommand.Drain());

        var problem = channel.refusal(new ChannelCommand.Submit(TestJob.jobs(2, 2), null, null));
        List<Integer> started = channel.start(2);

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.detail()).contains("draining").contains("/v1/channels/build:resume");
        assertThat(started).containsExactly(1);
    }

    @Test
    void resumeLeadsBackToActiveFromPausedAndFromDraining() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);

        channel.events(new ChannelCommand.Pause());
        channel.events(new ChannelCommand.Resume());
        ChannelState afterPause = channel.live.state();
        channel.events(new ChannelCommand.Drain());
        channel.events(new ChannelCommand.Resume());

        assertThat(afterPause).isEqualTo(ChannelState.ACTIVE);
        assertThat(channel.live.state()).isEqualTo(ChannelState.ACTIVE);
        channel.submit(job(1));
    }

    @Test
    void purgeCancelsWhatWaitsAndLeavesWhatRuns() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1), job(2), job(3).notBefore(channel.now() + 60_000));
        channel.start(1);

        channel.events(new ChannelCommand.Purge());

        assertThat(channel.stateOf(1)).isEqualTo(JobState.RUNNING);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.CANCELLED);
        assertThat(channel.stateOf(3)).isEqualTo(JobState.CANCELLED);
        assertThat(channel.events(new ChannelCommand.Purge())).isEmpty();
    }

    @Test
    void aChannelIsGoneOnceNothingRunsAndItIsCleanedUp() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1));

        List<ChannelEvent> events = channel.events(new ChannelCommand.Delete());
        boolean hasWorkBefore = channel.live.hasWork();
        List<ChannelEvent> last = channel.events(new ChannelCommand.CompleteDeletion());

        assertThat(events).hasSize(2);
        assertThat(hasWorkBefore).isTrue();
        assertThat(last).containsExactly(new ChannelEvent.ChannelDeleted(channel.now(), channel.now(), null));
        assertThat(channel.live.exists()).isFalse();
        assertThat(channel.live.hasWork()).isFalse();
    }

    @Test
    void theEndOfADeletionSaysHowTheChannelWasCleanedUp() {
        // given a channel that is being deleted, and the cleanup behind that has completed
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.events(new ChannelCommand.Delete());
        long incarnation = channel.live.incarnation();
        channel.events(new ChannelCommand.ChangeCleanups(
                incarnation,
                List.of(new CleanupChange.RunStarted(1, RunCause.DELETION, null, null, null, null, List.of()))));
        List<ChannelEvent> tooEarly = channel.events(new ChannelCommand.CompleteDeletion());
        Released released = new Released(1, 2, 3, 4, 5, 6);
        channel.events(new ChannelCommand.ChangeCleanups(
                incarnation,
                List.of(new CleanupChange.RunEnded(
                        1, CleanupStatus.COMPLETE, released, true, List.of(), List.of(), false))));

        // when
        List<ChannelEvent> last = channel.events(new ChannelCommand.CompleteDeletion());

        // then
        assertThat(tooEarly).isEmpty();
        assertThat(last).singleElement().isInstanceOfSatisfying(ChannelEvent.ChannelDeleted.class, deleted -> {
            assertThat(deleted.cleanup()).isNotNull();
            assertThat(deleted.cleanup().status()).isEqualTo(CleanupStatus.COMPLETE);
            assertThat(deleted.cleanup().released()).isEqualTo(released);
        });
    }

    @Test
    void aChannelThatNobodyDeletesIsNotCompletelyDeletedEither() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);

        assertThat(channel.events(new ChannelCommand.CompleteDeletion())).isEmpty();
        assertThat(channel.live.exists()).isTrue();
    }

    @Test
    void deletingWaitsForRunningAttempts() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1), job(2), job(3));
        channel.start(2);

        channel.events(new ChannelCommand.Delete());
        boolean cancelRequested =
                channel.running(1).wasCancelRequested() && channel.running(2).wasCancelRequested();
        channel.end(1, AttemptOutcome.cancelled(null, "SIGTERM"));
        List<ChannelEvent> whileOneRuns = channel.events(new ChannelCommand.CompleteDeletion());
        channel.end(2, success());
        boolean existsAfterTheLast = channel.live.exists() && channel.live.hasWork();
        List<ChannelEvent> last = channel.events(new ChannelCommand.CompleteDeletion());

        assertThat(cancelRequested).isTrue();
        assertThat(whileOneRuns).isEmpty();
        assertThat(existsAfterTheLast).isTrue();
        assertThat(last).containsExactly(new ChannelEvent.ChannelDeleted(channel.now(), channel.now(), null));
        assertThat(channel.live.exists()).isFalse();
    }

    @Test
    void aChannelBeingDeletedAcceptsNothingAndCannotBeResumed() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1));
        channel.start(1);
        channel.events(new ChannelCommand.Delete());

        for (ChannelCommand command : List.of(
                new ChannelCommand.Put(FIVE_SLOTS),
                new ChannelCommand.Pause(),
                new ChannelCommand.Resume(),
                new ChannelCommand.Drain(),
                new ChannelCommand.Submit(TestJob.jobs(2, 2), null, null))) {
            assertThat(channel.refusal(command).code()).as("%s", command).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(channel.refusal(command).detail())
                    .contains(":resume cannot undo")
                    .contains("PUT");
        }
        assertThat(channel.events(new ChannelCommand.Delete())).isEmpty();
        assertThat(channel.start(2)).isEmpty();
    }

    @Test
    void aFailedAttemptOfAChannelBeingDeletedIsNotTriedAgain() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1).attempts(5), job(2));
        channel.start(2);
        channel.events(new ChannelCommand.Delete());

        channel.end(1, ChannelUnderTest.failure(1));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aChannelCreatedAnewCountsFromZeroButNeverRepeatsAnEpochOrIncarnation() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.events(ChannelUnderTest.takenBy("n1"));
        channel.submit(job(1));
        channel.start(1);
        long epoch = channel.running(1).epoch();
        channel.end(1, success());
        channel.delete();

        channel.events(new ChannelCommand.Put(FIVE_SLOTS));
        channel.events(ChannelUnderTest.takenBy("n2"));
        channel.submit(job(2));
        JobCounts counts = channel.live.counts();
        channel.start(1);

        assertThat(counts).isEqualTo(new JobCounts(1, 0, 0, 0, 0, 0, 0, 0));
        assertThat(channel.running(2).epoch()).isGreaterThan(epoch);
        assertThat(channel.live.incarnation()).isEqualTo(2);
    }

    @Test
    void deletionForgetsIdempotencyKeysOfTheChannel() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.events(new ChannelCommand.Submit(TestJob.jobs(1, 1), "key", "hash"));
        channel.delete();
        channel.events(new ChannelCommand.Put(TWO_SLOTS));

        Decision decision = channel.decide(new ChannelCommand.Submit(TestJob.jobs(2, 2), "key", "hash"));

        assertThat(decision).isInstanceOf(Decision.Accepted.class);
    }

    @Test
    void aResultForADeletedChannelLeavesNoTrace() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.delete();

        List<ChannelEvent> events = channel.events(new ChannelCommand.EndAttempt(id(1), 1, success()));

        assertThat(events).isEmpty();
    }

    @Test
    void onlyTheEventsOfARunningJobArePublished() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(TWO_SLOTS);
        channel.submit(job(1));

        List<ChannelEvent> whileQueued = channel.events(new ChannelCommand.Publish(id(1), "a.b", "{}"));
        channel.start(1);
        List<ChannelEvent> whileRunning = channel.events(new ChannelCommand.Publish(id(1), "a.b", "{}"));

        assertThat(whileQueued).isEmpty();
        assertThat(whileRunning).containsExactly(new ChannelEvent.EventPublished(channel.now(), id(1), "a.b", "{}"));
    }
}
