package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.failure;
import static io.millrace.domain.channel.ChannelUnderTest.outcome;
import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static io.millrace.domain.channel.TestJob.jobs;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CancelAndRetryTest {
    @Test
    void aWaitingJobIsCancelledAtOnce() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1), job(2).notBefore(channel.now() + 1_000));

        channel.cancel(1);
        channel.cancel(2);

        assertThat(channel.stateOf(1)).isEqualTo(JobState.CANCELLED);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.CANCELLED);
        assertThat(channel.live.nextWakeMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aRunningJobIsAskedToStopOnceAndEndsWithItsAttempt() {
        ChannelUnderTest channel = running(job(1));

        List<ChannelEvent> first = channel.events(new ChannelCommand.Cancel(id(1)));
        List<ChannelEvent> second = channel.events(new ChannelCommand.Cancel(id(1)));
        JobState whileStopping = channel.stateOf(1);
        channel.end(1, AttemptOutcome.cancelled(null, "SIGTERM"));

        assertThat(first).containsExactly(new ChannelEvent.CancelRequested(channel.now(), id(1)));
        assertThat(second).isEmpty();
        assertThat(whileStopping).isEqualTo(JobState.RUNNING);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.CANCELLED);
        assertThat(channel.ended(1).signal()).isEqualTo("SIGTERM");
    }

    @Test
    void aJobThatWasAskedToStopIsNeverTriedAgain() {
        for (AttemptOutcome outcome : List.of(
                failure(1),
                outcome(AttemptOutcome.Kind.TIMED_OUT),
                outcome(AttemptOutcome.Kind.FAILED_FOR_GOOD),
                outcome(AttemptOutcome.Kind.INTERRUPTED))) {
            ChannelUnderTest channel = running(job(1).attempts(5));
            channel.cancel(1);

            channel.end(1, outcome);

            assertThat(channel.stateOf(1)).as("%s", outcome).isEqualTo(JobState.CANCELLED);
        }
    }

    @Test
    void workThatWasDoneBeforeTheStopReachedItCounts() {
        ChannelUnderTest channel = running(job(1));
        channel.cancel(1);

        channel.end(1, success());

        assertThat(channel.stateOf(1)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void cancellingAnEndedOrUnknownJobIsRefused() {
        ChannelUnderTest channel = running(job(1));
        channel.end(1, success());

        Problem ended = channel.refusal(new ChannelCommand.Cancel(id(1)));
        Problem unknown = channel.refusal(new ChannelCommand.Cancel(id(2)));

        assertThat(ended.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(ended.context()).containsEntry("state", "SUCCEEDED");
        assertThat(unknown.code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aFailedCancelledOrLostJobRunsAgainAsTheSameJob() {
        for (AttemptOutcome outcome :
                List.of(failure(1), AttemptOutcome.cancelled(null, null), outcome(AttemptOutcome.Kind.INTERRUPTED))) {
            ChannelUnderTest channel = running(job(1).atMostOnce());
            long created = channel.running(1).createdAtMillis();
            channel.clockShows(channel.now() + 5_000);
            channel.end(1, outcome);

            channel.events(new ChannelCommand.Retry(channel.ended(1)));
            boolean isHeldNoMore = channel.live.ended(id(1)) == null;
            channel.start(1);

            assertThat(isHeldNoMore).isTrue();
            assertThat(channel.running(1).attempts()).isEqualTo(2);
            assertThat(channel.running(1).epoch()).isEqualTo(2);
            assertThat(channel.running(1).createdAtMillis()).isEqualTo(created);
        }
    }

    @Test
    void aJobTheChannelHasForgottenIsRetriedFromWhatTheReadModelShows() {
        ChannelUnderTest channel = running(job(1));
        channel.end(1, failure(1));
        EndedJob shown = channel.ended(1);
        channel.live.sealed(4);
        channel.live.projected(4, channel.now());
        boolean wasForgotten = channel.live.ended(id(1)) == null;

        channel.events(new ChannelCommand.Retry(shown));

        assertThat(wasForgotten).isTrue();
        assertThat(channel.waiting(1).attempts()).isEqualTo(1);
        assertThat(channel.waiting(1).epoch()).isEqualTo(1);
    }

    @Test
    void whatTheChannelHoldsIsNewerThanWhatTheReadModelShows() {
        ChannelUnderTest channel = running(job(1));
        channel.end(1, failure(1));
        EndedJob shown = channel.ended(1);
        channel.events(new ChannelCommand.Retry(shown));
        channel.start(1);
        channel.end(1, success());

        Problem problem = channel.refusal(new ChannelCommand.Retry(shown));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.detail()).contains("SUCCEEDED");
    }

    @Test
    void aLiveJobIsNotRetried() {
        ChannelUnderTest channel = running(job(1).attempts(3));
        channel.end(1, failure(1));
        EndedJob shown = new EndedJob(job(1).submitted(), 0, 1, 1, null, 0, 0, JobState.FAILED, null, null, null, null);

        Problem whileScheduled = channel.refusal(new ChannelCommand.Retry(shown));
        channel.pass(Duration.ofMinutes(1));
        Problem whileQueued = channel.refusal(new ChannelCommand.Retry(shown));
        channel.start(1);
        Problem whileRunning = channel.refusal(new ChannelCommand.Retry(shown));

        assertThat(List.of(whileScheduled, whileQueued, whileRunning))
                .allMatch(problem -> problem.code() == ErrorCode.INVALID_STATE);
        assertThat(whileScheduled.detail()).contains("SCHEDULED");
        assertThat(whileQueued.detail()).contains("QUEUED");
        assertThat(whileRunning.detail()).contains("RUNNING");
    }

    @Test
    void aRetriedJobHasItsOwnAttemptsOfThePolicyStillCounted() {
        ChannelUnderTest channel = running(job(1).attempts(2));
        channel.cancel(1);
        channel.end(1, AttemptOutcome.cancelled(null, null));
        channel.events(new ChannelCommand.Retry(channel.ended(1)));
        channel.start(1);

        channel.end(1, failure(1));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
        assertThat(channel.ended(1).attempts()).isEqualTo(2);
    }

    @Test
    void aJobHasNoMoreThanTheMostAttempts() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        EndedJob tired = new EndedJob(
                job(1).submitted(), 0, Limits.ATTEMPTS_MAX, 9, null, 0, 0, JobState.FAILED, null, null, null, null);

        Problem problem = channel.refusal(new ChannelCommand.Retry(tired));

        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context()).containsEntry("limit", Limits.ATTEMPTS_MAX);
    }

    @Test
    void aRetryIsAcceptedOnlyWhereANewJobWouldBe() {
        EndedJob failed = new EndedJob(
                job(1).of(JobKind.PROCESS).submitted(), 0, 1, 1, null, 0, 0, JobState.FAILED, null, null, null, null);
        ChannelUnderTest full = ChannelUnderTest.withSpec(ChannelUnderTest.spec(1, 2));
        full.submit(jobs(2, 3));
        ChannelUnderTest draining = ChannelUnderTest.withSlots(1);
        draining.events(new ChannelCommand.Drain());
        ChannelUnderTest otherKinds = ChannelUnderTest.withSpec(ChannelUnderTest.spec(1, 100, Set.of(JobKind.HANDLER)));

        ChannelCommand retry = new ChannelCommand.Retry(failed);

        assertThat(full.refusal(retry).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(draining.refusal(retry).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(otherKinds.refusal(retry).code()).isEqualTo(ErrorCode.PERMISSION);
    }

    private static ChannelUnderTest running(TestJob job) {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job);
        channel.start(1);
        return channel;
    }
}
