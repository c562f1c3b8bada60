package io.millrace.domain.resource;

import static io.millrace.contracts.resource.ResourceState.GRANTED;
import static io.millrace.contracts.resource.ResourceState.IN_USE;
import static io.millrace.contracts.resource.ResourceState.RELEASED;
import static io.millrace.contracts.resource.ResourceState.RELEASING;
import static io.millrace.contracts.resource.ResourceState.REQUESTED;
import static io.millrace.domain.resource.LedgerUnderTest.ANN;
import static io.millrace.domain.resource.LedgerUnderTest.ATTEMPT;
import static io.millrace.domain.resource.LedgerUnderTest.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceView;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a cleanup of the channel does to its resources. */
class WithheldResourcesTest {
    private final LedgerUnderTest ledger = LedgerUnderTest.ofHundreds();

    @Test
    void whatBelongsToNoAttemptIsWithheldAndStaysCharged() {
        // given
        String anns = ledger.grant(ANN, ResourceType.MEMORY, 60);
        String attempts = ledger.grant(ATTEMPT, ResourceType.MEMORY, 40);

        // when
        ledger.withhold();

        // then
        assertThat(ledger.states(anns)).containsExactly(REQUESTED, GRANTED, RELEASING);
        assertThat(ledger.state(attempts)).isEqualTo(GRANTED);
        assertThat(ledger.ledger.isWithheld(anns)).isTrue();
        assertThat(ledger.ledger.isHeld(anns)).isFalse();
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isEqualTo(100);
        assertThat(ledger.ledger.withheld()).isEqualTo(new WithheldResources(1, 60));
        assertThat(ledger.ledger.releasing()).isEmpty();
    }

    @Test
    void bytesAreThoseOfMemoryAndBuffersOnly() {
        // given
        ledger.grant(ANN, ResourceType.MEMORY, 60);
        ledger.grant(ANN, ResourceType.BUFFER, 1);
        ledger.grant(ANN, ResourceType.FILES, 10);

        // when
        ledger.withhold();

        // then
        assertThat(ledger.ledger.withheld()).isEqualTo(new WithheldResources(3, 60 + 4_096));
    }

    @Test
    void nothingIsGrantedDuringACleanupAndWhoWaitsIsRefused() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 100);
        long waiting = ledger.askAndWait(BOB, 1_000, ResourceType.FILES, 1);
        ledger.nodeIsSilent();
        long atNode = ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 1);

        // when
        ledger.withhold();
        long later = ledger.ask(ANN, ResourceType.MEMORY, 1);
        long ofHandler = ledger.askAndWait(ATTEMPT, 1_000, ResourceType.MEMORY, 1);

        // then
        for (long wish : List.of(waiting, atNode, later, ofHandler)) {
            assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(ledger.problem(wish).detail()).contains("being cleaned up", "when the cleanup has ended");
        }
        assertThat(ledger.effects).contains(new LedgerEffect.Withdraw(atNode));
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isZero();
        assertThat(ledger.state(held)).isEqualTo(RELEASING);
    }

    @Test
    void whatAnAttemptDeclaresIsGrantedBehindTheCleanup() {
        // given
        ledger.withhold();

        // when, then
        long declared = ledger.declare(ATTEMPT, ledger.part(ResourceType.FILES, 1));
        assertThat(ledger.isInLine(declared)).isTrue();
        assertThat(ledger.ledger.waiting())
                .singleElement()
                .satisfies(waiting -> assertThat(waiting.why()).contains("cleanup"));

        ledger.restore();
        assertThat(ledger.isGranted(declared)).isTrue();
    }

    @Test
    void whoWaitedForACleanupHoldsUpNobodyAfterIt() {
        // given an attempt that came during a cleanup and is short of memory afterwards
        ledger.grant(ATTEMPT, ResourceType.MEMORY, 100);
        ledger.withhold();
        long declared =
                ledger.declare(ATTEMPT, ledger.part(ResourceType.MEMORY, 1), ledger.part(ResourceType.FILES, 1));
        ledger.restore();
        assertThat(ledger.isInLine(declared)).isTrue();

        // when, then one who needs no memory is not behind it
        assertThat(ledger.isGranted(ledger.ask(BOB, ResourceType.FILES, 1))).isTrue();
    }

    @Test
    void whatIsRestoredIsAsItWas() {
        // given
        String used = ledger.grant(ANN, ResourceType.BUFFER, 1);
        ledger.ledger.used(used, 1, 0, ledger.now());
        ResourceView before = ledger.view(used);

        // when
        for (int i = 0; i < 3; i++) {
            ledger.withhold();
            ledger.restore();
        }

        // then
        assertThat(ledger.view(used)).isEqualTo(before);
        assertThat(ledger.states(used)).containsExactly(REQUESTED, GRANTED, IN_USE);
        assertThat(ledger.ledger.isHeld(used)).isTrue();
    }

    @Test
    void theTimeToLiveGoesOnWhileAResourceIsWithheld() {
        // given
        String shortly = ledger.grant(ANN, ResourceType.FILES, 1, 1_000);
        String longer = ledger.grant(ANN, ResourceType.FILES, 1, 3_000);
        ledger.withhold();
        ledger.pass(2_000);
        assertThat(ledger.state(shortly)).isEqualTo(RELEASING);
        assertThat(ledger.effects).noneMatch(LedgerEffect.GiveBack.class::isInstance);

        // when
        ledger.restore();

        // then
        assertThat(ledger.effects).contains(new LedgerEffect.GiveBack(List.of(shortly)));
        assertThat(ledger.view(shortly).reason()).isEqualTo(ReleaseReason.EXPIRED);
        assertThat(ledger.state(longer)).isEqualTo(GRANTED);
        assertThat(ledger.dueInMillis()).isEqualTo(1_000);
    }

    @Test
    void aCleanupThatHasSucceededGivesEverythingBackTogetherAndServesWhoWaits() {
        // given
        String first = ledger.grant(ANN, ResourceType.FILES, 60);
        String second = ledger.grant(BOB, ResourceType.FILES, 40);
        ledger.withhold();
        long declared = ledger.declare(ATTEMPT, ledger.part(ResourceType.FILES, 1));

        // when
        ledger.releaseWithheld();

        // then
        assertThat(ledger.effects).contains(new LedgerEffect.GiveBack(List.of(first, second)));
        assertThat(ledger.isInLine(declared)).isTrue();
        ledger.back(first, second);
        assertThat(ledger.states(first)).containsExactly(REQUESTED, GRANTED, RELEASING, RELEASED);
        assertThat(ledger.view(first).reason()).isEqualTo(ReleaseReason.CLEANED_UP);
        assertThat(ledger.isGranted(declared)).isTrue();
    }

    @Test
    void whatTheNodeSaysIsBackIsNotBackWhileItIsWithheld() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 1);
        ledger.withhold();

        // when
        ledger.back(held);

        // then
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isOne();
        ledger.restore();
        assertThat(ledger.state(held)).isEqualTo(GRANTED);
    }

    @Test
    void aDeletedChannelLosesWhatIsWithheldAndIsOpenAgain() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 1);
        ledger.withhold();

        // when
        ledger.releaseEverything();
        ledger.back(held);

        // then
        assertThat(ledger.ledger.isInUse()).isFalse();
        assertThat(ledger.isGranted(ledger.ask(ANN, ResourceType.FILES, 100))).isTrue();
    }
}
