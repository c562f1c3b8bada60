package io.millrace.domain.channel;

import static io.millrace.domain.channel.ChannelUnderTest.failure;
import static io.millrace.domain.channel.ChannelUnderTest.outcome;
import static io.millrace.domain.channel.ChannelUnderTest.success;
import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AttemptEndTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void successEndsTheJobWithItsResult() {
        ChannelUnderTest channel = running(job(1));
        long startedAt = channel.now();
        channel.clockShows(startedAt + 700);

        channel.end(1, AttemptOutcome.succeeded(0, "{\"sum\":3}"));

        EndedJob ended = channel.ended(1);
        assertThat(ended.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(ended.resultJson()).isEqualTo("{\"sum\":3}");
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.attempts()).isEqualTo(1);
        assertThat(ended.startedAtMillis()).isEqualTo(startedAt);
        assertThat(ended.endedAtMillis()).isEqualTo(startedAt + 700);
        assertThat(channel.live.counts().succeeded()).isEqualTo(1);
        assertThat(channel.live.hasWork()).isFalse();
    }

    @Test
    void aFailureWithoutAttemptsLeftEndsTheJob() {
        ChannelUnderTest channel = running(job(1));

        channel.end(1, failure(3));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
        assertThat(channel.ended(1).exitCode()).isEqualTo(3);
        assertThat(channel.ended(1).error()).isNotNull();
    }

    @Test
    void aFailureWithAttemptsLeftIsTriedAgainAfterADelayThatGrows() {
        ChannelUnderTest channel = running(job(1).attempts(5).delay(SECOND, 3, Duration.ofSeconds(20)));
        List<Long> delays = new ArrayList<>();

        for (int attempt = 1; attempt < 5; attempt++) {
            ChannelEvent.AttemptEnded event = channel.end(1, failure(1));
            delays.add(event.retryAtMillis() - channel.now());
            channel.pass(Duration.ofMillis(event.retryAtMillis() - channel.now()));
            channel.start(1);
        }
        channel.end(1, failure(1));

        assertThat(delays).containsExactly(1_000L, 3_000L, 9_000L, 20_000L);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
        assertThat(channel.ended(1).attempts()).isEqualTo(5);
    }

    @Test
    void jitterKeepsTheDelayWithinItsShareAndIsTheSameWheneverDecidedAgain() {
        Set<Long> delays = new HashSet<>();

        for (int i = 1; i <= 200; i++) {
            TestJob job =
                    job(i).attempts(2).delay(Duration.ofSeconds(10), 1, MINUTE).jitter(0.2);
            ChannelUnderTest channel = running(job);
            var end = new ChannelCommand.EndAttempt(id(i), channel.running(i).epoch(), failure(1));
            assertThat(channel.decide(end)).isEqualTo(channel.decide(end));
            delays.add(channel.end(i, failure(1)).retryAtMillis() - channel.now());
        }

        assertThat(delays).allMatch(delay -> delay >= 8_000 && delay <= 12_000);
        assertThat(delays).hasSizeGreaterThan(150);
    }

    @Test
    void jitterNeverLeadsBeyondTheLongestDelayOrBelowOneMillisecond() {
        for (int i = 1; i <= 50; i++) {
            ChannelUnderTest longest =
                    running(job(i).attempts(2).delay(MINUTE, 1, MINUTE).jitter(1));
            ChannelUnderTest shortest =
                    running(job(i).attempts(2).delay(Duration.ZERO, 1, MINUTE).jitter(1));

            assertThat(longest.end(i, failure(1)).retryAtMillis() - longest.now())
                    .isBetween(1L, 60_000L);
            assertThat(shortest.end(i, failure(1)).retryAtMillis() - shortest.now())
                    .isEqualTo(1L);
        }
    }

    @Test
    void hugeDelaysAndFactorsNeverOverflow() {
        Duration forEver = Duration.ofMillis(Long.MAX_VALUE);
        ChannelUnderTest channel = running(job(1).attempts(100).delay(forEver, 1e300, forEver));

        ChannelEvent.AttemptEnded event = channel.end(1, failure(1));

        assertThat(event.retryAtMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(channel.stateOf(1)).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void anExitCodeThatForbidsRetriesEndsTheJobAtOnce() {
        ChannelUnderTest channel = running(job(1).attempts(5).noRetryOn(2, 77));

        channel.end(1, failure(77));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
    }

    @Test
    void aFailureForGoodIsNotTriedAgain() {
        ChannelUnderTest channel = running(job(1).attempts(5));

        channel.end(1, outcome(AttemptOutcome.Kind.FAILED_FOR_GOOD));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
    }

    @Test
    void anAttemptOverItsTimeLimitEndsWithATimeoutThatSaysWhichLimit() {
        ChannelUnderTest own = running(job(1).timeout(Duration.ofSeconds(90)));
        own.end(1, outcome(AttemptOutcome.Kind.TIMED_OUT));

        Problem ownLimit = Objects.requireNonNull(own.ended(1).error());
        assertThat(ownLimit.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(ownLimit.detail()).contains("its timeout of 90s");
        assertThat(ownLimit.context()).containsAllEntriesOf(Map.of("timeoutMillis", 90_000L));
    }

    @Test
    void noAttemptRunsLongerThanItsChannelAllows() {
        for (TestJob job : List.of(job(1), job(1).timeout(Duration.ofHours(2)))) {
            ChannelUnderTest channel = running(job);
            long limit = channel.live.attemptTimeoutMillis(channel.running(1));

            channel.end(1, outcome(AttemptOutcome.Kind.TIMED_OUT));

            Problem error = Objects.requireNonNull(channel.ended(1).error());
            assertThat(limit).isEqualTo(Duration.ofHours(1).toMillis());
            assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(error.detail()).contains("channel's jobs.timeout of 1h");
        }
    }

    @Test
    void anAttemptOverItsTimeLimitIsTriedAgainLikeAFailure() {
        ChannelUnderTest channel = running(job(1).attempts(2));

        ChannelEvent.AttemptEnded event = channel.end(1, outcome(AttemptOutcome.Kind.TIMED_OUT));

        assertThat(event.next()).isEqualTo(JobState.SCHEDULED);
        assertThat(event.retryAtMillis()).isEqualTo(channel.now() + 1_000);
    }

    @Test
    void anInterruptedAttemptIsRunAgainAtOnceAndInItsPlaceEvenIfItWasTheOnlyOneAllowed() {
        ChannelUnderTest channel = running(job(1));
        channel.submit(job(2));

        ChannelEvent.AttemptEnded event = channel.end(1, outcome(AttemptOutcome.Kind.INTERRUPTED));

        assertThat(event.next()).isEqualTo(JobState.QUEUED);
        assertThat(event.retryAtMillis()).isZero();
        assertThat(channel.start(1)).containsExactly(1);
        assertThat(channel.running(1).attempts()).isEqualTo(2);
    }

    @Test
    void anInterruptedAttemptOfAnAtMostOnceJobIsLost() {
        ChannelUnderTest channel = running(job(1).atMostOnce().attempts(5));

        channel.end(1, outcome(AttemptOutcome.Kind.INTERRUPTED));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.LOST);
        assertThat(channel.live.counts().lost()).isEqualTo(1);
    }

    @Test
    void aKnownFailureOfAnAtMostOnceJobMayBeTriedAgain() {
        ChannelUnderTest channel = running(job(1).atMostOnce().attempts(2));

        channel.end(1, failure(1));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void interruptionsStopAtTheMostAttemptsAJobMayHave() {
        ChannelUnderTest channel = running(job(1));

        for (int attempt = 1; attempt < Limits.ATTEMPTS_MAX; attempt++) {
            channel.end(1, outcome(AttemptOutcome.Kind.INTERRUPTED));
            channel.start(1);
        }
        channel.end(1, outcome(AttemptOutcome.Kind.INTERRUPTED));

        assertThat(channel.stateOf(1)).isEqualTo(JobState.FAILED);
        assertThat(channel.ended(1).attempts()).isEqualTo(Limits.ATTEMPTS_MAX);
    }

    @Test
    void aResultWithAStaleEpochIsRecordedAndChangesNothing() {
        ChannelUnderTest channel = running(job(1).attempts(3));
        long staleEpoch = channel.running(1).epoch();
        channel.end(1, outcome(AttemptOutcome.Kind.INTERRUPTED));
        channel.start(1);
        ChannelSnapshot before = channel.live.snapshot();

        List<ChannelEvent> events = channel.events(new ChannelCommand.EndAttempt(id(1), staleEpoch, success()));

        assertThat(events).containsExactly(new ChannelEvent.LateResultRecorded(channel.now(), id(1), staleEpoch));
        assertThat(channel.live.snapshot()).isEqualTo(before);
    }

    @Test
    void aResultForAJobThatDoesNotRunIsRecordedAndChangesNothing() {
        ChannelUnderTest channel = running(job(1));
        channel.submit(job(2));
        long epoch = channel.running(1).epoch();
        channel.end(1, success());

        for (JobId late : List.of(id(1), id(2), id(3))) {
            List<ChannelEvent> events = channel.events(new ChannelCommand.EndAttempt(late, epoch, failure(1)));
            assertThat(events).containsExactly(new ChannelEvent.LateResultRecorded(channel.now(), late, epoch));
        }
        assertThat(channel.stateOf(1)).isEqualTo(JobState.SUCCEEDED);
        assertThat(channel.stateOf(2)).isEqualTo(JobState.QUEUED);
    }

    private static ChannelUnderTest running(TestJob job) {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(1);
        channel.submit(job);
        channel.start(1);
        return channel;
    }
}
