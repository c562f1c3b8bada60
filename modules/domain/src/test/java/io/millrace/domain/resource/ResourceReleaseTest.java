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
import io.millrace.contracts.Proves;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How resources go back, and what is kept of them. */
class ResourceReleaseTest {
    private final LedgerUnderTest ledger = LedgerUnderTest.ofHundreds();

    // In stages

    @Test
    @Proves({"R-42", "B-135"})
    void whatIsGivenUpStaysChargedUntilItIsBack() {
        // given
        String held = ledger.grant(ANN, ResourceType.MEMORY, 100);
        long waiting = ledger.askAndWait(BOB, 1_000, ResourceType.MEMORY, 1);

        // when, then
        ledger.release(held);
        assertThat(ledger.effects).contains(new LedgerEffect.GiveBack(List.of(held)));
        assertThat(ledger.state(held)).isEqualTo(RELEASING);
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isEqualTo(100);
        assertThat(ledger.isInLine(waiting)).isTrue();

        ledger.back(held);
        assertThat(ledger.state(held)).isEqualTo(RELEASED);
        assertThat(ledger.isGranted(waiting)).isTrue();
    }

    @Test
    @Proves("R-42")
    void whatAnOwnerHoldsGoesBackTogether() {
        // given
        String memory = ledger.grant(ATTEMPT, ResourceType.MEMORY, 100);
        String files = ledger.grant(ATTEMPT, ResourceType.FILES, 10);
        String buffer = ledger.grant(ATTEMPT, ResourceType.BUFFER, 1);
        String others = ledger.grant(BOB, ResourceType.FILES, 10);
        long wish = ledger.askAndWait(ATTEMPT, 1_000, ResourceType.MEMORY, 1);
        ledger.effects.clear();

        // when
        ledger.releaseAll(ATTEMPT);

        // then
        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(ledger.effects).contains(new LedgerEffect.GiveBack(List.of(memory, files, buffer)));
        assertThat(ledger.ledger.of(ATTEMPT)).extracting(ResourceView::state).containsOnly(RELEASING);
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isEqualTo(100);
        ledger.back(memory, files, buffer);
        assertThat(ledger.ledger.of(ATTEMPT)).isEmpty();
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isZero();
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isEqualTo(10);
        assertThat(ledger.ledger.isHeld(others)).isTrue();
    }

    @Test
    void everythingIsTakenBackTogetherAndNobodyGoesOnWaiting() {
        // given
        String anns = ledger.grant(ANN, ResourceType.FILES, 40);
        String attempts = ledger.grant(ATTEMPT, ResourceType.FILES, 60);
        long first = ledger.askAndWait(BOB, 1_000, ResourceType.FILES, 1);
        long second = ledger.askAndWait(ATTEMPT, 1_000, ResourceType.FILES, 1);
        ledger.effects.clear();

        // when
        ledger.releaseEverything();

        // then
        assertThat(ledger.problem(first).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(ledger.problem(second).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(ledger.effects).contains(new LedgerEffect.GiveBack(List.of(anns, attempts)));
        ledger.back(anns, attempts);
        assertThat(ledger.view(anns).reason()).isEqualTo(ReleaseReason.RECLAIMED);
        assertThat(ledger.ledger.isInUse()).isFalse();
    }

    @Test
    void whatComesBackInPartsIsFreeInParts() {
        String first = ledger.grant(ATTEMPT, ResourceType.FILES, 60);
        String second = ledger.grant(ATTEMPT, ResourceType.FILES, 40);
        ledger.releaseAll(ATTEMPT);

        ledger.back(second);

        assertThat(ledger.state(first)).isEqualTo(RELEASING);
        assertThat(ledger.state(second)).isEqualTo(RELEASED);
        assertThat(ledger.totals(ResourceType.FILES).available()).isEqualTo(40);
    }

    @Test
    void givingUpOnePartOfAWaitingWishGivesUpAllOfIt() {
        ledger.grant(ANN, ResourceType.MEMORY, 100);
        ResourceWish.Part memory = ledger.part(ResourceType.MEMORY, 1);
        ResourceWish.Part files = ledger.part(ResourceType.FILES, 1);
        long wish = ledger.ask(ATTEMPT, 1_000, memory, files);

        ledger.release(files.id());

        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(ledger.ledger.show(memory.id())).isEmpty();
        assertThat(ledger.ledger.waiting()).isEmpty();
    }

    @Test
    void releasingOnePartOfAGrantLeavesTheOthers() {
        ResourceWish.Part memory = ledger.part(ResourceType.MEMORY, 1);
        ResourceWish.Part files = ledger.part(ResourceType.FILES, 1);
        ledger.ask(ATTEMPT, 0, memory, files);

        ledger.releaseAndBack(files.id());

        assertThat(ledger.ledger.isHeld(memory.id())).isTrue();
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isZero();
    }

    // Twice, or never had

    @Test
    @Proves("R-47")
    void whatIsGivenBackTwiceIsCreditedOnce() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 60);
        ledger.grant(ANN, ResourceType.FILES, 40);
        ledger.releaseAndBack(held);
        ledger.effects.clear();

        // when
        ledger.releaseAndBack(held);
        ledger.release("unknown");
        ledger.back("unknown");

        // then
        assertThat(ledger.effects).isEmpty();
        assertThat(ledger.totals(ResourceType.FILES).available()).isEqualTo(60);
        assertThat(ledger.totals(ResourceType.FILES).released()).isEqualTo(1);
    }

    @Test
    void whatIsOnItsWayBackIsNotGivenBackAgain() {
        String held = ledger.grant(ATTEMPT, ResourceType.FILES, 60);
        ledger.release(held);
        ledger.effects.clear();

        ledger.release(held);
        ledger.releaseAll(ATTEMPT);

        assertThat(ledger.effects).isEmpty();
        assertThat(ledger.view(held).reason()).isEqualTo(ReleaseReason.RELEASED);
    }

    @Test
    void whatWasNotGivenUpIsNotBack() {
        String held = ledger.grant(ANN, ResourceType.FILES, 60);

        ledger.back(held);

        assertThat(ledger.ledger.isHeld(held)).isTrue();
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isEqualTo(60);
    }

    // Time to live

    @Test
    void aResourceIsTakenBackAtTheEndOfItsTimeToLive() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 60, 2_000);
        Instant expected = ledger.now().instant().plusSeconds(2);
        assertThat(ledger.dueInMillis()).isEqualTo(2_000);

        // when, then
        ledger.pass(1_999);
        assertThat(ledger.ledger.isHeld(held)).isTrue();
        ledger.pass(1);
        assertThat(ledger.state(held)).isEqualTo(RELEASING);
        assertThat(ledger.view(held).reason()).isEqualTo(ReleaseReason.EXPIRED);
        assertThat(ledger.view(held).expiresAt()).isEqualTo(expected);
        assertThat(ledger.ledger.nextNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whatIsGivenBackEarlierDoesNotExpire() {
        String held = ledger.grant(ANN, ResourceType.FILES, 60, 2_000);

        ledger.release(held);
        assertThat(ledger.ledger.nextNanos()).isEqualTo(Long.MAX_VALUE);
        ledger.pass(2_000);

        assertThat(ledger.view(held).reason()).isEqualTo(ReleaseReason.RELEASED);
    }

    @Test
    void theEndOfATimeToLiveEndsNoWishWhateverItsNumber() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 100, 2_000);
        long wish = ledger.ask(
                new ResourceWish(0, BOB, List.of(ledger.part(ResourceType.FILES, 1)), 60_000_000_000L, 0, false));

        // when
        ledger.pass(2_000);
        ledger.back(held);

        // then
        assertThat(ledger.state(held)).isEqualTo(RELEASED);
        assertThat(ledger.isGranted(wish)).isTrue();
    }

    // What is kept

    @Test
    @Proves("R-27")
    void theHistoryOfAResourceHasEveryStateWithItsTime() {
        // given
        ledger.nodeIsSilent();
        ResourceWish.Part part = ledger.part(ResourceType.BUFFER, 100);
        List<ResourceView.Step> script = new ArrayList<>();

        // when
        script.add(new ResourceView.Step(REQUESTED, ledger.now().instant()));
        long wish = ledger.ask(ATTEMPT, 60_000, part);
        ledger.pass(1);
        script.add(new ResourceView.Step(GRANTED, ledger.now().instant()));
        ledger.nodeHas(wish);
        ledger.pass(2);
        script.add(new ResourceView.Step(IN_USE, ledger.now().instant()));
        ledger.ledger.used(part.id(), 10, 0, ledger.now());
        ledger.ledger.used(part.id(), 0, 10, ledger.now());
        ledger.pass(3);
        script.add(new ResourceView.Step(RELEASING, ledger.now().instant()));
        ledger.releaseAll(ATTEMPT);
        ledger.pass(4);
        script.add(new ResourceView.Step(RELEASED, ledger.now().instant()));
        ledger.back(part.id());

        // then
        ResourceView view = ledger.view(part.id());
        assertThat(view.history()).isEqualTo(script);
        assertThat(view.acquired()).isEqualTo(script.get(1).at());
        assertThat(view.released()).isEqualTo(script.getLast().at());
        assertThat(view.reason()).isEqualTo(ReleaseReason.OWNER_ENDED);
    }

    @Test
    @Proves("R-27")
    void whatAnAttemptDeclaredIsInUseFromTheGrantOn() {
        ResourceWish.Part part = ledger.part(ResourceType.MEMORY, 10);

        ledger.ask(new ResourceWish(1, ATTEMPT, List.of(part), ResourceWish.UNBOUNDED, 0, true));

        assertThat(ledger.states(part.id())).containsExactly(REQUESTED, GRANTED, IN_USE);
    }

    @Test
    @Proves("R-27")
    void whatWasNeverUsedIsNeverInUse() {
        String held = ledger.grant(ANN, ResourceType.MEMORY, 10);

        ledger.releaseAndBack(held);
        ledger.ledger.used(held, 1, 1, ledger.now());

        assertThat(ledger.states(held)).containsExactly(REQUESTED, GRANTED, RELEASING, RELEASED);
    }

    @Test
    void usageCountsAccessesUntilTheResourceIsGivenUp() {
        // given
        ledger.nodeIsSilent();
        ResourceWish.Part part = ledger.part(ResourceType.BUFFER, 100);
        long wish = ledger.ask(ANN, 60_000, part);
        ledger.pass(5);
        ledger.nodeHas(wish);

        // when
        ledger.ledger.used(part.id(), 80, 0, ledger.now());
        ledger.pass(10);
        Instant lastUsed = ledger.now().instant();
        ledger.ledger.used(part.id(), 30, 70, ledger.now());
        ledger.release(part.id());
        ledger.ledger.used(part.id(), 99, 99, ledger.now());
        ledger.pass(20);
        ledger.back(part.id());
        ledger.pass(40);

        // then
        assertThat(ledger.ledger.usage(part.id(), ledger.now()))
                .contains(new ResourceUsage(Duration.ofMillis(5), Duration.ofMillis(30), 2, 110, 70, 80, lastUsed));
    }

    @Test
    @Proves("B-141")
    void aGrantShowsItsHandleTypeAmountOwnerAndTime() {
        ResourceWish.Part part = ledger.part(ResourceType.BUFFER, 5_000);
        ledger.ask(ATTEMPT, 0, part);

        ResourceView view = ledger.view(part.id());

        assertThat(view.handle()).isEqualTo(part.handle());
        assertThat(view.type()).isEqualTo(ResourceType.BUFFER);
        assertThat(view.amount()).isEqualTo(65_536);
        assertThat(view.owner()).isEqualTo(ATTEMPT);
        assertThat(view.acquired()).isEqualTo(ledger.now().instant());
        assertThat(ledger.ledger.handle(part.id())).contains(part.handle());
    }

    @Test
    void theLastOnesThatWentBackAreShownAfterWhatIsHeldNewestFirst() {
        // given
        List<String> gone = new ArrayList<>();
        for (int i = 0; i <= Limits.RESOURCES_RELEASED_MAX; i++) {
            gone.add(ledger.grant(ANN, ResourceType.FILES, 1));
            ledger.releaseAndBack(gone.getLast());
        }
        String older = ledger.grant(ANN, ResourceType.FILES, 1);
        String newer = ledger.grant(ANN, ResourceType.FILES, 1);

        // when
        List<String> shown =
                ledger.ledger.all().stream().map(view -> view.handle().id()).toList();

        // then
        List<String> expected = new ArrayList<>(List.of(newer, older));
        expected.addAll(gone.subList(1, gone.size()).reversed());
        assertThat(shown).isEqualTo(expected);
        assertThat(ledger.ledger.show(gone.getFirst())).isEmpty();
    }

    @Test
    void onlyWhatWasGrantedAndIsNotBackIsListedAsCharged() {
        String held = ledger.grant(ANN, ResourceType.FILES, 1);
        String releasing = ledger.grant(ANN, ResourceType.FILES, 1);
        ledger.releaseAndBack(ledger.grant(ANN, ResourceType.FILES, 1));
        ledger.release(releasing);
        ledger.nodeIsSilent();
        ledger.ask(BOB, ResourceType.FILES, 1);

        assertThat(ledger.ledger.charged())
                .extracting(view -> view.handle().id())
                .containsExactly(held, releasing);
    }
}
