package io.millrace.domain.channel;

import static io.millrace.domain.channel.TestJob.id;
import static io.millrace.domain.channel.TestJob.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.JobState;
import io.millrace.domain.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldResultsTest {
    private static final SubmittedJob SUBMITTED = job(1).submitted();
    private static final long NOW = ChannelUnderTest.START;
    private static final long LONG_AFTER = NOW + Limits.IDEMPOTENCY_KEY_HELD_MIN.toMillis() + 1;

    private final HeldResults held = new HeldResults();

    @Test
    void whatIsNotStoredYetIsNeverForgotten() {
        held.add(ended(1));
        held.add(keyed("a"));

        held.projected(Long.MAX_VALUE - 1, LONG_AFTER);

        assertThat(held.ended(id(1))).isNotNull();
        assertThat(held.submission("a")).isNotNull();
    }

    @Test
    void whatTheReadModelHasIsForgottenAndTheRestIsKept() {
        held.add(ended(1));
        held.sealed(4);
        held.add(ended(2));
        held.sealed(5);

        held.projected(4, NOW);

        assertThat(held.ended(id(1))).isNull();
        assertThat(held.ended(id(2))).isNotNull();
        assertThat(held.endedCount()).isEqualTo(1);
    }

    @Test
    void sealingAgainDoesNotMoveWhatWasSealedBefore() {
        held.add(ended(1));
        held.sealed(4);
        held.sealed(5);

        held.projected(4, NOW);

        assertThat(held.endedCount()).isZero();
    }

    @Test
    void confirmationsMayRepeatAndComeLate() {
        held.add(ended(1));
        held.sealed(4);
        held.projected(4, NOW);
        held.add(ended(2));
        held.sealed(5);

        held.projected(4, NOW);
        held.projected(2, NOW);

        assertThat(held.ended(id(2))).isNotNull();
    }

    @Test
    void aKeyIsHeldLongerThanTheReadModelNeedsIt() {
        held.add(keyed("a"));
        held.sealed(4);

        held.projected(4, NOW + Limits.IDEMPOTENCY_KEY_HELD_MIN.toMillis());
        assertThat(held.submission("a")).isNotNull();
        held.projected(4, LONG_AFTER);
        assertThat(held.submission("a")).isNull();
    }

    @Test
    void aJobThatLivesAgainIsNotHeld() {
        held.add(ended(1));

        held.remove(id(1));

        assertThat(held.ended(id(1))).isNull();
        assertThat(held.endedJobs()).isEmpty();
    }

    @Test
    void theFirstEndOfAJobDoesNotTakeItsSecondAlong() {
        held.add(ended(1));
        held.sealed(4);
        held.remove(id(1));
        held.add(ended(1, 2));
        held.sealed(6);

        held.projected(4, NOW);
        assertThat(held.ended(id(1))).isEqualTo(ended(1, 2));
        held.projected(6, NOW);
        assertThat(held.ended(id(1))).isNull();
    }

    @Test
    void endsOfASnapshotAreSealedUnderItsSequenceNumber() {
        held.restore(List.of(ended(1), ended(2)), List.of(keyed("a")));
        held.sealed(9);

        held.projected(8, LONG_AFTER);
        assertThat(held.endedJobs()).hasSize(2);
        held.projected(9, LONG_AFTER);
        assertThat(held.endedJobs()).isEmpty();
        assertThat(held.submissions()).isEmpty();
    }

    @Test
    void everythingCanBeForgottenAtOnce() {
        held.add(ended(1));
        held.add(keyed("a"));

        held.forgetAll();
        held.sealed(4);

        assertThat(held.endedCount()).isZero();
        assertThat(held.submission("a")).isNull();
        assertThat(held.submissions()).isEmpty();
    }

    private static EndedJob ended(int number) {
        return ended(number, 1);
    }

    private static EndedJob ended(int number, int attempts) {
        SubmittedJob submitted = number == 1 ? SUBMITTED : job(number).submitted();
        return new EndedJob(submitted, NOW, attempts, attempts, "n1", NOW, NOW, JobState.FAILED, 1, null, null, null);
    }

    private static KeyedSubmission keyed(String key) {
        return new KeyedSubmission(key, "body", List.of(id(1)), NOW);
    }
}
