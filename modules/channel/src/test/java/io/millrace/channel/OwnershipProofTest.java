package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.ProcessManager.OwnershipConfirmed;
import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

/** What shows that a channel belongs to this node, and until when. */
class OwnershipProofTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long LEASE = SECOND.multipliedBy(15).toNanos();

    private final TestInbox<ProcessManager.Command> manager = TestInbox.create();
    private final OwnershipProof proof =
            new OwnershipProof(new ProcessLease(Duration.ofSeconds(15), Duration.ofSeconds(15)));

    @Test
    void aLeaseBeginsBeforeTheWriteThatShowsItWasSent() {
        assertThat(proof.written(seconds(100))).isEqualTo(seconds(100) + LEASE);
    }

    @Test
    void aWriteOfLateAnswersWithoutReading() {
        proof.written(seconds(100));

        assertThat(proof.mustRead(manager.getRef(), seconds(102))).isFalse();

        manager.expectMessage(new OwnershipConfirmed(seconds(100) + LEASE));
    }

    @Test
    void afterALongTimeWithoutAWriteTheJournalIsReadAndTheLeaseBeginsBeforeThat() {
        proof.written(seconds(100));

        boolean mustRead = proof.mustRead(manager.getRef(), seconds(103));
        boolean isOwned = proof.read(seconds(103), 7, 7);

        assertThat(mustRead).isTrue();
        assertThat(isOwned).isTrue();
        manager.expectMessage(new OwnershipConfirmed(seconds(103) + LEASE));
    }

    @Test
    void entriesThatThisLifeWroteWhileTheJournalWasReadAreNobodyElses() {
        proof.mustRead(manager.getRef(), seconds(3));
        proof.written(seconds(4));

        // the read saw the first of two writes that were stored meanwhile
        assertThat(proof.read(seconds(3), 8, 9)).isTrue();

        manager.expectMessage(new OwnershipConfirmed(seconds(3) + LEASE));
    }

    @Test
    void anEntryOfSomebodyElseConfirmsNothing() {
        proof.mustRead(manager.getRef(), seconds(3));

        assertThat(proof.read(seconds(3), 8, 7)).isFalse();

        assertThat(manager.hasMessages()).isFalse();
    }

    @Test
    void oneReadAtATimeAnswersTheLatestQuestion() {
        TestInbox<ProcessManager.Command> later = TestInbox.create();

        boolean first = proof.mustRead(manager.getRef(), seconds(3));
        boolean second = proof.mustRead(later.getRef(), seconds(4));
        proof.read(seconds(3), 7, 7);

        assertThat(first).isTrue();
        assertThat(second).isFalse();
        assertThat(manager.hasMessages()).isFalse();
        later.expectMessage(new OwnershipConfirmed(seconds(3) + LEASE));
    }

    @Test
    void aReadThatFailedConfirmsNothingAndTheNextQuestionReadsAgain() {
        proof.mustRead(manager.getRef(), seconds(3));

        proof.notRead();

        assertThat(manager.hasMessages()).isFalse();
        assertThat(proof.mustRead(manager.getRef(), seconds(4))).isTrue();
    }

    /** Close to where the clock wraps around, which it may at any time. */
    private static long seconds(long seconds) {
        return Long.MAX_VALUE
                - SECOND.multipliedBy(101).toNanos()
                + SECOND.multipliedBy(seconds).toNanos();
    }
}
