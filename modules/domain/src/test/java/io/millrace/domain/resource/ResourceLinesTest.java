package io.millrace.domain.resource;

import static io.millrace.domain.resource.LedgerUnderTest.ANN;
import static io.millrace.domain.resource.LedgerUnderTest.ATTEMPT;
import static io.millrace.domain.resource.LedgerUnderTest.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.job.ResourceType;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who waits, for how long, and who is served next. */
class ResourceLinesTest {
    private final LedgerUnderTest ledger = LedgerUnderTest.ofHundreds();

    // The order in a line

    @Test
    @Proves({"B-134", "B-135"})
    void waitersAreServedInTheOrderInWhichTheyCame() {
        // given
        String held = ledger.grant(ANN, ResourceType.MEMORY, 100);
        long first = ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 100);
        long second = ledger.askAndWait(ANN, 1_000, ResourceType.MEMORY, 1);

        // when
        ledger.releaseAndBack(held);

        // then
        assertThat(ledger.isGranted(first)).isTrue();
        assertThat(ledger.isInLine(second)).isTrue();
    }

    @Test
    @Proves("B-134")
    void aSmallWishIsNotServedPastALargeOneThatCameBefore() {
        ledger.grant(ANN, ResourceType.MEMORY, 50);
        long large = ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 60);

        long small = ledger.askAndWait(ANN, 1_000, ResourceType.MEMORY, 10);
        long notWaiting = ledger.ask(ANN, ResourceType.MEMORY, 10);

        assertThat(ledger.isInLine(large)).isTrue();
        assertThat(ledger.isInLine(small)).isTrue();
        assertThat(ledger.problem(notWaiting).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
    }

    @Test
    void whoWaitsForMemoryHoldsUpNobodyWhoNeedsNone() {
        ledger.grant(ANN, ResourceType.MEMORY, 100);
        long both =
                ledger.ask(ATTEMPT, 1_000, ledger.part(ResourceType.MEMORY, 10), ledger.part(ResourceType.FILES, 10));

        long files = ledger.ask(BOB, ResourceType.FILES, 100);

        assertThat(ledger.isInLine(both)).isTrue();
        assertThat(ledger.isGranted(files)).isTrue();
    }

    @Test
    void aWishThatWasShortOfAThingOnceIsNotPassedInItsLineLater() {
        // given a wish that waits for memory, and then for files, too
        String memory = ledger.grant(ANN, ResourceType.MEMORY, 100);
        long both =
                ledger.ask(ATTEMPT, 60_000, ledger.part(ResourceType.MEMORY, 50), ledger.part(ResourceType.FILES, 50));
        String files = ledger.grant(BOB, ResourceType.FILES, 80);
        ledger.releaseAndBack(memory);
        assertThat(ledger.isInLine(both)).isTrue();

        // when others come for what it is short of now, and for what it was short of before
        long filesLater = ledger.askAndWait(BOB, 60_000, ResourceType.FILES, 10);
        long memoryLater = ledger.askAndWait(BOB, 60_000, ResourceType.MEMORY, 60);

        // then it is before both
        assertThat(ledger.isInLine(filesLater)).isTrue();
        assertThat(ledger.isInLine(memoryLater)).isTrue();
        ledger.releaseAndBack(files);
        assertThat(ledger.isGranted(both)).isTrue();
        assertThat(ledger.isGranted(filesLater)).isTrue();
        assertThat(ledger.isInLine(memoryLater)).isTrue();
    }

    @Test
    void oneThatIsGivenUpLetsTheNextOneThrough() {
        ledger.grant(ANN, ResourceType.MEMORY, 50);
        ResourceWish.Part part = ledger.part(ResourceType.MEMORY, 60);
        long large = ledger.ask(ATTEMPT, 60_000, part);
        long small = ledger.askAndWait(BOB, 60_000, ResourceType.MEMORY, 50);

        ledger.release(part.id());

        assertThat(ledger.problem(large).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(ledger.isGranted(small)).isTrue();
    }

    @Test
    void oneMoreThanMayWaitIsRefused() {
        // given
        ledger.grant(ANN, ResourceType.MEMORY, 100);
        for (int i = 0; i < Limits.RESOURCE_WAITERS_MAX; i++) {
            ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 1);
        }

        // when
        long oneMore = ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 1);
        long granted = ledger.askAndWait(BOB, 1_000, ResourceType.FILES, 1);

        // then
        assertThat(ledger.problem(oneMore).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.problem(oneMore).context())
                .containsEntry("type", "memory")
                .containsEntry("limit", (long) Limits.RESOURCE_WAITERS_MAX);
        assertThat(ledger.isGranted(granted)).isTrue();
    }

    // The end of a wait

    @Test
    @Proves({"B-134", "R-33"})
    void whoWaitedLongEnoughIsToldWhoHoldsMost() {
        // given
        ledger.grant(ANN, ResourceType.MEMORY, 70);
        ledger.grant(BOB, ResourceType.MEMORY, 30);
        long wish = ledger.askAndWait(BOB, 250, ResourceType.MEMORY, 10);

        // when
        assertThat(ledger.dueInMillis()).isEqualTo(250);
        ledger.pass(249);
        assertThat(ledger.isInLine(wish)).isTrue();
        ledger.pass(1);

        // then
        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(ledger.problem(wish).context())
                .containsEntry("type", "memory")
                .containsEntry("requested", 10L)
                .containsEntry("limit", 100L)
                .containsEntry("inUse", 100L)
                .containsEntry("holder", "ann");
        assertThat(ledger.ledger.waiting()).isEmpty();
    }

    @Test
    void aWaitThatIsOverLetsTheNextOneThrough() {
        ledger.grant(ANN, ResourceType.MEMORY, 50);
        long large = ledger.askAndWait(BOB, 250, ResourceType.MEMORY, 60);
        long small = ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 10);

        ledger.pass(250);

        assertThat(ledger.problem(large).code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(ledger.isGranted(small)).isTrue();
    }

    @Test
    void aWaitWithoutBoundIsEndedByNothingButAGrant() {
        // given
        String held = ledger.grant(ANN, ResourceType.MEMORY, 100);
        long wish = ledger.ask(new ResourceWish(
                99, ATTEMPT, List.of(ledger.part(ResourceType.MEMORY, 1)), ResourceWish.UNBOUNDED, 0, true));

        // when
        assertThat(ledger.ledger.nextNanos()).isEqualTo(Long.MAX_VALUE);
        ledger.pass(86_400_000);

        // then
        assertThat(ledger.isInLine(wish)).isTrue();
        ledger.releaseAndBack(held);
        assertThat(ledger.isGranted(wish)).isTrue();
    }

    @Test
    void aWaitAtTheNodeEndsInTimeAndIsWithdrawn() {
        // given
        ledger.nodeIsSilent();
        long wish = ledger.askAndWait(ANN, 250, ResourceType.MEMORY, 10);
        ledger.nodeLetsWait(wish, "waits for memory of the node");

        // when
        ledger.pass(250);

        // then
        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(ledger.problem(wish).detail()).contains("The node");
        assertThat(ledger.effects).contains(new LedgerEffect.Withdraw(wish));
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isZero();
    }

    @Test
    void aGrantThatCrossesItsWithdrawalChangesNothing() {
        // given
        ledger.nodeIsSilent();
        ResourceWish.Part part = ledger.part(ResourceType.MEMORY, 10);
        long wish = ledger.ask(ATTEMPT, 1_000, part);
        ledger.releaseAll(ATTEMPT);
        assertThat(ledger.effects).contains(new LedgerEffect.Withdraw(wish));

        // when
        ledger.nodeHas(wish);
        ledger.nodeLetsWait(wish, "late");
        ledger.nodeRefuses(wish);

        // then
        assertThat(ledger.isGranted(wish)).isFalse();
        assertThat(ledger.effects.stream().filter(LedgerEffect.Refused.class::isInstance))
                .hasSize(1);
        assertThat(ledger.ledger.show(part.id())).isEmpty();
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isZero();
    }

    // Changed limits

    @Test
    void aLimitBelowWhatIsInUseTakesNothingAndGrantsNothing() {
        // given
        String first = ledger.grant(ANN, ResourceType.FILES, 60);
        String second = ledger.grant(ANN, ResourceType.FILES, 40);

        // when
        ledger.limit(ResourceAccount.FILES, 50);

        // then
        assertThat(ledger.ledger.isHeld(first)).isTrue();
        assertThat(ledger.ledger.isHeld(second)).isTrue();
        assertThat(ledger.totals(ResourceType.FILES).available()).isZero();
        long refused = ledger.ask(BOB, ResourceType.FILES, 1);
        assertThat(ledger.problem(refused).context())
                .containsEntry("limit", 50L)
                .containsEntry("inUse", 100L);
        ledger.releaseAndBack(first);
        assertThat(ledger.totals(ResourceType.FILES).available()).isEqualTo(10);
        assertThat(ledger.isGranted(ledger.ask(BOB, ResourceType.FILES, 10))).isTrue();
    }

    @Test
    void whoWaitsForMoreThanALoweredLimitIsRefusedAndTheNextIsServed() {
        ledger.grant(ANN, ResourceType.FILES, 40);
        long hopeless = ledger.askAndWait(BOB, 60_000, ResourceType.FILES, 80);
        long modest = ledger.askAndWait(BOB, 60_000, ResourceType.FILES, 10);

        ledger.limit(ResourceAccount.FILES, 50);

        assertThat(ledger.problem(hopeless).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.problem(hopeless).context())
                .containsEntry("requested", 80L)
                .containsEntry("limit", 50L);
        assertThat(ledger.isGranted(modest)).isTrue();
    }

    @Test
    void aLoweredLimitLeavesAloneWhatTheNodeIsAskedFor() {
        ledger.nodeIsSilent();
        long wish = ledger.askAndWait(ANN, 60_000, ResourceType.FILES, 80);

        ledger.limit(ResourceAccount.FILES, 50);
        ledger.nodeHas(wish);

        assertThat(ledger.isGranted(wish)).isTrue();
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isEqualTo(80);
    }

    @Test
    void aRaisedLimitServesWhoWaits() {
        ledger.grant(ANN, ResourceType.FILES, 100);
        long wish = ledger.askAndWait(BOB, 60_000, ResourceType.FILES, 20);

        ledger.limit(ResourceAccount.FILES, 120);

        assertThat(ledger.isGranted(wish)).isTrue();
    }

    // What is shown

    @Test
    void whoWaitsIsShownInOrderWithTheReason() {
        // given
        ledger.grant(ANN, ResourceType.MEMORY, 100);
        ledger.askAndWait(BOB, 60_000, ResourceType.MEMORY, 10);
        ledger.pass(5);
        ledger.askAndWait(ATTEMPT, 60_000, ResourceType.MEMORY, 20);

        // when
        List<WaitingWish> waiting = ledger.ledger.waiting();

        // then
        assertThat(waiting).extracting(wish -> wish.wish().owner()).containsExactly(BOB, ATTEMPT);
        assertThat(waiting.getFirst().why())
                .contains("'memory'", "100 of 100", "'ann' holds most, 100")
                .doesNotContain("before it");
        assertThat(waiting.getLast().why()).endsWith("1 request is before it");
        assertThat(waiting.getLast().since()).isEqualTo(ledger.now().instant());
    }

    @Test
    void whyTheNodeLetsAWishWaitIsShownInItsWords() {
        ledger.nodeIsSilent();
        long wish = ledger.askAndWait(ANN, 60_000, ResourceType.MEMORY, 10);
        List<String> reasons = new ArrayList<>();
        reasons.add(ledger.ledger.waiting().getFirst().why());

        ledger.nodeLetsWait(wish, "waits for files of the node");
        reasons.add(ledger.ledger.waiting().getFirst().why());

        assertThat(reasons.getFirst()).startsWith("waits for the node to say");
        assertThat(reasons.getLast()).isEqualTo("waits for files of the node");
        assertThat(ledger.effects).contains(new LedgerEffect.Waits(wish, "waits for files of the node"));
    }
}
