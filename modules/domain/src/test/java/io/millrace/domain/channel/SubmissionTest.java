package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.spec;
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

class SubmissionTest {
    private static final ChannelCommand.Submit KEYED = new ChannelCommand.Submit(jobs(1, 3), "key", "hash");

    @Test
    void aJobIsQueuedUnlessItsTimeLiesAhead() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        long now = channel.now();

        channel.submit(job(1), job(2).notBefore(now), job(3).notBefore(now + 1));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.QUEUED);
        assertThat(channel.stateOf(3)).isEqualTo(JobState.SCHEDULED);
        assertThat(channel.live.nextWakeMillis()).isEqualTo(now + 1);
    }

    @Test
    void aKindTheChannelDoesNotAllowIsRefusedAndTheWholeBatchWithIt() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(spec(1, 100, Set.of(JobKind.HANDLER)));

        Problem problem = channel.refusal(new ChannelCommand.Submit(
                List.of(job(1).submitted(), job(2).of(JobKind.PROCESS).submitted()), null, null));

        assertThat(problem.code()).isEqualTo(ErrorCode.PERMISSION);
        assertThat(problem.detail()).contains("'process'").contains("jobs.kinds");
        assertThat(channel.live.waiting()).isZero();
    }

    @Test
    void aQueuedJobOfAKindThatIsNoLongerAllowedStillRuns() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1).of(JobKind.PROCESS));

        channel.events(new ChannelCommand.Put(spec(1, 100, Set.of(JobKind.HANDLER))));

        assertThat(channel.start(1)).containsExactly(1);
    }

    @Test
    void aFullQueueRefusesTheWholeBatchWithNumbersAndATimeToComeBack() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(spec(1, 5));
        channel.submit(jobs(1, 3));

        Problem problem = channel.refusal(new ChannelCommand.Submit(jobs(4, 6), null, null));

        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.context())
                .containsEntry("queued", 3)
                .containsEntry("requested", 3)
                .containsEntry("limit", 5L);
        assertThat(problem.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(problem.detail()).contains("Nothing was accepted");
        assertThat(channel.live.waiting()).isEqualTo(3);
        channel.submit(jobs(4, 5));
    }

    @Test
    void scheduledJobsTakeRoomInTheQueueAndRunningOnesDoNot() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(spec(1, 2));
        channel.submit(job(1), job(2).notBefore(channel.now() + 1_000));
        ErrorCode whileBothWait = channel.refusal(new ChannelCommand.Submit(jobs(3, 3), null, null))
                .code();

        channel.start(1);
        channel.submit(job(3));

        assertThat(whileBothWait).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(channel.live.waiting()).isEqualTo(2);
    }

    @Test
    void endedJobsThatAreStillHeldCountAgainstMemory() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        int batches = (int) (Limits.QUEUED_JOBS_MAX / Limits.BATCH_JOBS_MAX);
        for (int i = 0; i < batches; i++) {
            channel.submit(jobs(i * Limits.BATCH_JOBS_MAX + 1, (i + 1) * Limits.BATCH_JOBS_MAX));
        }
        channel.events(new ChannelCommand.Purge());
        int first = (int) Limits.QUEUED_JOBS_MAX + 1;
        channel.submit(jobs(first, first + 9_999));
        channel.submit(jobs(first + 10_000, first + 19_999));

        Problem problem = channel.refusal(new ChannelCommand.Submit(jobs(1, 1), null, null));
        channel.live.sealed(7);
        channel.live.projected(7, channel.now());

        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.retryAfter()).isNotNull();
        assertThat(problem.detail()).contains("history");
        channel.submit(jobs(1, 1));
    }

    @Test
    void anIdThatIsLiveOrHeldOrTwiceInABatchIsRefused() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job(1), job(2));
        channel.cancel(2);

        for (List<SubmittedJob> batch : List.of(
                List.of(job(3).submitted(), job(1).submitted()),
                List.of(job(2).submitted()),
                List.of(job(4).submitted(), job(4).submitted()))) {
            Problem problem = channel.refusal(new ChannelCommand.Submit(batch, null, null));
            assertThat(problem.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
        }
        assertThat(channel.live.waiting()).isEqualTo(1);
    }

    @Test
    void aSubmissionOfNoneOrTooManyJobsIsRefused() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);

        Problem none = channel.refusal(new ChannelCommand.Submit(List.of(), null, null));
        Problem tooMany = channel.refusal(new ChannelCommand.Submit(jobs(1, Limits.BATCH_JOBS_MAX + 1), null, null));

        assertThat(none.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(none.violations()).isNotEmpty();
        assertThat(tooMany.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(tooMany.detail()).contains("10000").contains("10001");
    }

    @Test
    void theSameKeyAndBodyAgainGivesTheSameJobs() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.events(KEYED);

        Decision again = channel.decide(new ChannelCommand.Submit(jobs(11, 13), "key", "hash"));

        assertThat(again).isEqualTo(new Decision.Replayed(List.of(id(1), id(2), id(3))));
    }

    @Test
    void theSameKeyWithAnotherBodyIsRefusedWithAViolation() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.events(KEYED);

        Problem problem = channel.refusal(new ChannelCommand.Submit(jobs(11, 13), "key", "other"));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.violations()).hasSize(1);
        assertThat(problem.violations().getFirst().field()).isEqualTo("Idempotency-Key");
    }

    @Test
    void aKeyIsReplayedEvenWhereTheChannelAcceptsNothingNew() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.events(KEYED);
        channel.events(new ChannelCommand.Drain());

        Decision again = channel.decide(KEYED);

        assertThat(again).isInstanceOf(Decision.Replayed.class);
    }

    @Test
    void aKeyIsReplayedAfterItsJobsHaveEnded() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.events(KEYED);
        channel.events(new ChannelCommand.Purge());

        assertThat(channel.decide(KEYED)).isInstanceOf(Decision.Replayed.class);
    }

    @Test
    void withoutAKeyEverySubmissionIsItsOwn() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);

        channel.submit(job(1));
        channel.submit(job(2));

        assertThat(channel.live.waiting()).isEqualTo(2);
    }

    @Test
    void aRefusedSubmissionDoesNotUseUpItsKey() {
        ChannelUnderTest channel = ChannelUnderTest.withSpec(spec(1, 2));
        channel.refusal(KEYED);
        channel.events(new ChannelCommand.Put(spec(1, 3)));

        Decision again = channel.decide(KEYED);

        assertThat(again).isInstanceOf(Decision.Accepted.class);
    }

    @Test
    void aKeyIsRememberedUntilTheReadModelHasItAndALittleLonger() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.events(KEYED);
        long held = Limits.IDEMPOTENCY_KEY_HELD_MIN.toMillis();

        channel.live.projected(9, channel.now() + held + 1);
        boolean knownUnsealed = channel.live.submission("key") != null;
        channel.live.sealed(9);
        channel.live.projected(8, channel.now() + held + 1);
        boolean knownUnprojected = channel.live.submission("key") != null;
        channel.live.projected(9, channel.now() + held);
        boolean knownALittleLonger = channel.live.submission("key") != null;
        channel.live.projected(9, channel.now() + held + 1);

        assertThat(List.of(knownUnsealed, knownUnprojected, knownALittleLonger)).containsOnly(true);
        assertThat(channel.live.submission("key")).isNull();
    }

    @Test
    void beyondTheirLimitTheOldestKeysTheReadModelHasGoFirst() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        for (int i = 1; i <= Limits.IDEMPOTENCY_KEYS_HELD_MAX + 2; i++) {
            channel.events(new ChannelCommand.Submit(jobs(i, i), "key" + i, "hash"));
        }
        channel.live.sealed(1);

        channel.live.projected(1, channel.now());

        assertThat(channel.live.submission("key2")).isNull();
        assertThat(channel.live.submission("key3")).isNotNull();
    }
}
