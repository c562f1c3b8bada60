package io.millrace.domain.resource;

import static io.millrace.domain.resource.LedgerUnderTest.ANN;
import static io.millrace.domain.resource.LedgerUnderTest.ATTEMPT;
import static io.millrace.domain.resource.LedgerUnderTest.BOB;
import static io.millrace.domain.resource.LedgerUnderTest.NODE_IS_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is granted and what is refused. */
class ResourceLedgerTest {
    private final LedgerUnderTest ledger = LedgerUnderTest.ofDefaults();

    // Tiers of buffers

    @ParameterizedTest
    @CsvSource({
        "1, SMALL, 4096",
        "4096, SMALL, 4096",
        "4097, MEDIUM, 65536",
        "65536, MEDIUM, 65536",
        "65537, LARGE, 1048576",
        "1048576, LARGE, 1048576"
    })
    @Proves("R-24")
    void aBufferIsOfTheSmallestTierThatFits(long size, BufferTier tier, long bytes) {
        String id = ledger.grant(ANN, ResourceType.BUFFER, size);

        ResourceView buffer = ledger.view(id);
        assertThat(buffer.tier()).isEqualTo(tier);
        assertThat(buffer.amount()).isEqualTo(bytes);
        assertThat(buffer.requested()).isEqualTo(size);
        assertThat(ledger.totals(ResourceType.BUFFER).inUse()).isEqualTo(bytes);
    }

    @Test
    @Proves("R-24")
    void aBufferLargerThanAnyThereIsIsRefusedEvenIfItMayWait() {
        long wish = ledger.askAndWait(ANN, 1_000, ResourceType.BUFFER, 1_048_577);

        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.problem(wish).context())
                .containsEntry("type", "buffer")
                .containsEntry("requested", 1_048_577L)
                .containsEntry("limit", 1_048_576L);
        assertThat(ledger.ledger.isInUse()).isFalse();
        assertThat(ledger.totals(ResourceType.BUFFER).refused()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"SMALL_BUFFERS, 500", "MEDIUM_BUFFERS, 250", "LARGE_BUFFERS, 125"})
    @Proves({"R-21", "R-22", "R-23", "R-25", "R-33"})
    void oneBufferMoreThanATierHasIsRefused(ResourceAccount tier, long count) {
        // given
        fill(tier, count);

        // when
        long wish = ledger.ask(BOB, ResourceType.BUFFER, tier.unit());

        // then
        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.problem(wish).context())
                .isEqualTo(Map.of(
                        "type",
                        "buffer",
                        "requested",
                        tier.unit(),
                        "limit",
                        count * tier.unit(),
                        "inUse",
                        count * tier.unit()));
        assertThat(ledger.totals(tier).inUse()).isEqualTo(count);
        assertThat(ledger.totals(tier).available()).isZero();
        assertThat(ledger.totals(ResourceType.BUFFER).inUse()).isEqualTo(count * tier.unit());
    }

    @ParameterizedTest
    @CsvSource({"SMALL_BUFFERS, 500", "MEDIUM_BUFFERS, 250", "LARGE_BUFFERS, 125"})
    @Proves({"R-21", "R-22", "R-23", "B-134", "B-135"})
    void oneBufferMoreThanATierHasIsServedWhenOneComesBack(ResourceAccount tier, long count) {
        // given
        List<String> held = fill(tier, count);
        long wish = ledger.askAndWait(BOB, 1_000, ResourceType.BUFFER, tier.unit());
        assertThat(ledger.isInLine(wish)).isTrue();

        // when
        ledger.releaseAndBack(held.getFirst());

        // then
        assertThat(ledger.isGranted(wish)).isTrue();
        assertThat(ledger.totals(tier).inUse()).isEqualTo(count);
    }

    private List<String> fill(ResourceAccount tier, long count) {
        List<String> held = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            held.add(ledger.grant(ANN, ResourceType.BUFFER, tier.unit()));
        }
        return held;
    }

    // Limits

    @ParameterizedTest
    @CsvSource({"MEMORY, 268435456", "THREADS, 20", "CHANNELS, 100", "FILES, 200", "PROCESSES, 20"})
    @Proves({"R-25", "R-26", "R-33", "B-137", "B-138", "B-139", "B-140"})
    void eachTypeIsGrantedUpToItsLimitAndNoFurther(ResourceType type, long limit) {
        // given
        long tooMuch = ledger.askAndWait(ANN, 1_000, type, limit + 1);
        ledger.grant(ANN, type, limit);

        // when
        long oneMore = ledger.ask(BOB, type, 1);

        // then
        assertThat(ledger.problem(tooMuch).context())
                .isEqualTo(Map.of("type", type.wireName(), "requested", limit + 1, "limit", limit, "inUse", 0L));
        assertThat(ledger.problem(oneMore).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.problem(oneMore).context())
                .isEqualTo(Map.of("type", type.wireName(), "requested", 1L, "limit", limit, "inUse", limit));
        assertThat(ledger.problem(oneMore).detail()).contains(type.wireName(), "'ann' holds most, " + limit);
        assertThat(ledger.totals(type).inUse()).isEqualTo(limit);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void sizesBelowOneAreRefused(long size) {
        for (ResourceType type : ResourceType.values()) {
            long wish = ledger.askAndWait(ANN, 1_000, type, size);

            assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(ledger.totals(type).available())
                    .isEqualTo(ledger.totals(type).limit());
        }
    }

    @Test
    void amountsTooLargeForANumberAreRefused() {
        long wish = ledger.ask(
                ANN,
                0,
                ledger.part(ResourceType.MEMORY, Long.MAX_VALUE),
                ledger.part(ResourceType.MEMORY, Long.MAX_VALUE));

        assertThat(ledger.problem(wish).context()).containsEntry("requested", Long.MAX_VALUE);
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isZero();
    }

    @Test
    @Proves("R-26")
    void theNodeRefusesWhatTheChannelHasAndNothingStaysCharged() {
        // given
        ledger.nodeIsSilent();
        long wish = ledger.ask(ANN, ResourceType.FILES, 150);
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isEqualTo(150);

        // when
        ledger.nodeRefuses(wish);

        // then
        assertThat(ledger.problem(wish)).isEqualTo(NODE_IS_FULL);
        assertThat(ledger.totals(ResourceType.FILES).available()).isEqualTo(200);
        assertThat(ledger.ledger.isInUse()).isFalse();
    }

    @Test
    void whatTheNodeRefusedServesWhoWaits() {
        ledger.nodeIsSilent();
        long first = ledger.ask(ANN, ResourceType.FILES, 150);
        long second = ledger.askAndWait(BOB, 1_000, ResourceType.FILES, 100);

        ledger.nodeRefuses(first);

        assertThat(ledger.isAsked(second)).isTrue();
    }

    @Test
    void oneResourceMoreThanAChannelMayHaveIsRefused() {
        // given
        LedgerUnderTest many = LedgerUnderTest.ofAll(Limits.RESOURCES_MAX * 2L);
        for (int i = 1; i < Limits.RESOURCES_MAX; i++) {
            many.grant(ANN, ResourceType.FILES, 1);
        }

        // when
        long two = many.ask(BOB, 1_000, many.part(ResourceType.FILES, 1), many.part(ResourceType.MEMORY, 1));
        long last = many.ask(BOB, ResourceType.FILES, 1);
        long one = many.ask(BOB, ResourceType.MEMORY, 1);

        // then
        assertThat(many.isGranted(last)).isTrue();
        assertThat(many.problem(two).context())
                .isEqualTo(Map.of(
                        "type",
                        "files",
                        "requested",
                        2L,
                        "limit",
                        (long) Limits.RESOURCES_MAX,
                        "inUse",
                        Limits.RESOURCES_MAX - 1L));
        assertThat(many.problem(one).context()).containsEntry("inUse", (long) Limits.RESOURCES_MAX);
    }

    @Test
    void limitsShowTheChannelsTheNodesAndWhatIsInUse() {
        ledger.grant(ANN, ResourceType.FILES, 7);
        ledger.grant(ANN, ResourceType.BUFFER, 1);

        List<ResourceLimit> limits = ledger.ledger.figures().limits(Map.of(ResourceType.FILES, 1_000L));

        assertThat(limits)
                .contains(new ResourceLimit(ResourceType.FILES, 200, 1_000, 7, Map.of()))
                .contains(new ResourceLimit(
                        ResourceType.BUFFER,
                        (500L << 12) + (250L << 16) + (125L << 20),
                        Long.MAX_VALUE,
                        4096,
                        Map.of(BufferTier.SMALL, 500, BufferTier.MEDIUM, 250, BufferTier.LARGE, 125)));
    }

    // All or nothing

    @Test
    @Proves({"R-25", "R-40"})
    void aWishForSeveralThingsOfWhichOneIsShortChargesNone() {
        // given
        ledger.grant(ANN, ResourceType.FILES, 200);

        // when
        long wish =
                ledger.ask(ATTEMPT, 0, ledger.part(ResourceType.MEMORY, 1 << 20), ledger.part(ResourceType.FILES, 1));

        // then
        assertThat(ledger.problem(wish).context()).containsEntry("type", "files");
        assertThat(ledger.totals(ResourceType.MEMORY).inUse()).isZero();
        assertThat(ledger.ledger.of(ATTEMPT)).isEmpty();
    }

    @Test
    @Proves("R-40")
    void partsOfOneTypeAreChargedTogether() {
        long fits = ledger.ask(ATTEMPT, 0, ledger.part(ResourceType.FILES, 100), ledger.part(ResourceType.FILES, 100));
        long never = ledger.askAndWait(BOB, 1_000, ResourceType.FILES, 201);

        assertThat(ledger.isGranted(fits)).isTrue();
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isEqualTo(200);
        assertThat(ledger.problem(never).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.ledger.of(ATTEMPT)).hasSize(2);
    }

    // Wishes that may not wait

    @Test
    void aWishThatMayNotWaitIsNotTimedWhileTheNodeIsAsked() {
        ledger.nodeIsSilent();
        long wish = ledger.ask(ANN, ResourceType.FILES, 1);

        ledger.pass(1_000);

        assertThat(ledger.ledger.nextNanos()).isEqualTo(Long.MAX_VALUE);
        ledger.nodeHas(wish);
        assertThat(ledger.isGranted(wish)).isTrue();
    }

    @Test
    void aWishThatMayNotWaitIsRefusedIfTheNodeIsShort() {
        ledger.nodeIsSilent();
        long wish = ledger.ask(ANN, ResourceType.FILES, 1);

        ledger.nodeLetsWait(wish, "waits for files of the node");

        assertThat(ledger.problem(wish).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(ledger.effects).contains(new LedgerEffect.Withdraw(wish));
        assertThat(ledger.totals(ResourceType.FILES).inUse()).isZero();
    }
}
