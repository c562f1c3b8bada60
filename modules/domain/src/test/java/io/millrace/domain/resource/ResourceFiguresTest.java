package io.millrace.domain.resource;

import static io.millrace.domain.resource.LedgerUnderTest.ANN;
import static io.millrace.domain.resource.LedgerUnderTest.ATTEMPT;
import static io.millrace.domain.resource.LedgerUnderTest.BOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.Proves;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ResourceMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers of a ledger. */
class ResourceFiguresTest {
    private final LedgerUnderTest ledger = LedgerUnderTest.ofHundreds();

    @ParameterizedTest
    @EnumSource
    @Proves("B-142")
    void availableAndInUseAreTheLimitTogetherAndThePeakNeverFalls(ResourceAccount account) {
        // given
        long size = account.unit();
        String first = ledger.grant(ANN, account.type(), size);
        String second = ledger.grant(ANN, account.type(), size);
        assertFigures(account, 2, 2);

        // when, then
        ledger.release(first);
        assertFigures(account, 2, 2);
        ledger.back(first);
        assertFigures(account, 1, 2);
        ledger.releaseAndBack(second);
        assertFigures(account, 0, 2);
        ledger.grant(BOB, account.type(), size);
        assertFigures(account, 1, 2);
    }

    private void assertFigures(ResourceAccount account, long inUse, long peak) {
        ResourceMetrics.Totals totals = ledger.totals(account);
        assertThat(totals.inUse()).isEqualTo(inUse);
        assertThat(totals.peak()).isEqualTo(peak);
        assertThat(totals.available()).isEqualTo(100 - inUse);
        ResourceMetrics.Totals ofType = ledger.totals(account.type());
        assertThat(ofType.inUse()).isEqualTo(inUse * account.unit());
        assertThat(ofType.peak()).isEqualTo(peak * account.unit());
        assertThat(ofType.available() + ofType.inUse()).isEqualTo(ofType.limit());
    }

    @Test
    @Proves("B-142")
    void thePeakOfBuffersIsTheMostBytesOfAllTiersAtOnce() {
        String large = ledger.grant(ANN, ResourceType.BUFFER, BufferTier.LARGE.bytes());
        ledger.releaseAndBack(large);
        ledger.grant(ANN, ResourceType.BUFFER, BufferTier.SMALL.bytes());

        assertThat(ledger.totals(ResourceType.BUFFER).peak()).isEqualTo(BufferTier.LARGE.bytes());
    }

    @Test
    @Proves("R-20")
    void aPoolIsNotFragmentedByWhatIsIdleOrInUse() {
        assertThat(ledger.totals(ResourceType.BUFFER).fragmentation()).isZero();

        ledger.grant(ANN, ResourceType.BUFFER, 1);

        assertThat(ledger.totals(ResourceType.BUFFER).fragmentation()).isZero();
        assertThat(ledger.totals(ResourceAccount.SMALL_BUFFERS).fragmentation()).isZero();
    }

    @Test
    @Proves("R-20")
    void fragmentationIsTheShareOfBytesOnTheirWayBack() {
        // given
        String medium = ledger.grant(ANN, ResourceType.BUFFER, 5_000);
        ledger.grant(ANN, ResourceType.BUFFER, 5_000);
        double poolBytes = 100.0 * (4_096 + 65_536 + 1_048_576);

        // when, then
        ledger.release(medium);
        assertThat(ledger.totals(ResourceAccount.MEDIUM_BUFFERS).fragmentation())
                .isEqualTo(0.01);
        assertThat(ledger.totals(ResourceAccount.LARGE_BUFFERS).fragmentation()).isZero();
        assertThat(ledger.totals(ResourceType.BUFFER).fragmentation()).isEqualTo(65_536 / poolBytes);
        ledger.back(medium);
        assertThat(ledger.totals(ResourceType.BUFFER).fragmentation()).isZero();
    }

    @Test
    @Proves("R-20")
    void fragmentationIsAShareEvenOfAPoolMadeSmallerThanItsUse() {
        for (int i = 0; i < 4; i++) {
            ledger.grant(i == 0 ? BOB : ANN, ResourceType.BUFFER, 1);
        }
        ledger.limit(ResourceAccount.SMALL_BUFFERS, 1);

        ledger.releaseAll(ANN);

        assertThat(ledger.totals(ResourceAccount.SMALL_BUFFERS).fragmentation()).isEqualTo(0.75);
    }

    @Test
    @Proves("R-20")
    void wasteIsTheShareOfBytesInUseThatNobodyAskedFor() {
        ledger.grant(ANN, ResourceType.BUFFER, 1_024);
        ledger.grant(ANN, ResourceType.BUFFER, 65_536);
        ledger.grant(ANN, ResourceType.MEMORY, 50);

        assertThat(ledger.totals(ResourceAccount.SMALL_BUFFERS).waste()).isEqualTo(0.75);
        assertThat(ledger.totals(ResourceAccount.MEDIUM_BUFFERS).waste()).isZero();
        assertThat(ledger.totals(ResourceType.BUFFER).waste()).isEqualTo(3_072.0 / (4_096 + 65_536));
        assertThat(ledger.totals(ResourceType.MEMORY).waste()).isZero();
    }

    @Test
    void reuseIsTheShareOfGrantedBuffersThatHadBeenUsedBefore() {
        // given
        ledger.nodeIsSilent();
        ResourceWish.Part used = ledger.part(ResourceType.BUFFER, 1);
        long both = ledger.ask(ANN, 0, used, ledger.part(ResourceType.BUFFER, 1));
        long unused = ledger.ask(ANN, ResourceType.BUFFER, 1);
        long large = ledger.ask(ANN, ResourceType.BUFFER, BufferTier.LARGE.bytes());

        // when
        ledger.nodeHas(both, used.id());
        ledger.nodeHas(unused);
        ledger.nodeHas(large);

        // then
        assertThat(ledger.totals(ResourceAccount.SMALL_BUFFERS).reuse()).isEqualTo(1.0 / 3);
        assertThat(ledger.totals(ResourceAccount.LARGE_BUFFERS).reuse()).isZero();
        assertThat(ledger.totals(ResourceType.BUFFER).reuse()).isEqualTo(0.25);
    }

    @Test
    @Proves("B-142")
    void aWishThatWaitsIsCountedOnceInEachOfItsAccountsAndTypes() {
        // given
        ledger.grant(ANN, ResourceType.MEMORY, 100);

        // when
        ledger.ask(
                ATTEMPT,
                60_000,
                ledger.part(ResourceType.MEMORY, 1),
                ledger.part(ResourceType.BUFFER, 1),
                ledger.part(ResourceType.BUFFER, 1),
                ledger.part(ResourceType.BUFFER, BufferTier.LARGE.bytes()));

        // then
        assertThat(ledger.totals(ResourceType.MEMORY).waiters()).isEqualTo(1);
        assertThat(ledger.totals(ResourceAccount.SMALL_BUFFERS).waiters()).isEqualTo(1);
        assertThat(ledger.totals(ResourceAccount.LARGE_BUFFERS).waiters()).isEqualTo(1);
        assertThat(ledger.totals(ResourceAccount.MEDIUM_BUFFERS).waiters()).isZero();
        assertThat(ledger.totals(ResourceType.BUFFER).waiters()).isEqualTo(1);
    }

    @Test
    @Proves("R-47")
    void grantsReturnsAndRefusalsAreCounted() {
        // given
        String held = ledger.grant(ANN, ResourceType.FILES, 60);
        ledger.grant(ANN, ResourceType.FILES, 40);

        // when
        ledger.ask(BOB, ResourceType.FILES, 1);
        ledger.askAndWait(BOB, 10, ResourceType.FILES, 1);
        ledger.pass(10);
        ledger.releaseAndBack(held);

        // then
        assertThat(ledger.totals(ResourceType.FILES).granted()).isEqualTo(2);
        assertThat(ledger.totals(ResourceType.FILES).released()).isEqualTo(1);
        assertThat(ledger.totals(ResourceType.FILES).refused()).isEqualTo(2);
    }

    @Test
    @Proves("R-41")
    void figuresDoNotChangeOnceTheyAreTaken() {
        // given
        LedgerFigures before = ledger.ledger.figures();
        List<ResourceMetrics> metrics = before.metrics();

        // when
        ledger.grant(ANN, ResourceType.BUFFER, 1);

        // then
        assertThat(before.of(ResourceType.BUFFER).totals().inUse()).isZero();
        assertThat(ledger.totals(ResourceType.BUFFER).inUse()).isEqualTo(4_096);
        assertThatThrownBy(metrics::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(metrics.getFirst().tiers()::clear).isInstanceOf(UnsupportedOperationException.class);
    }
}
