package io.millrace.channel.resource.buffer;

import static io.millrace.contracts.resource.BufferTier.LARGE;
import static io.millrace.contracts.resource.BufferTier.MEDIUM;
import static io.millrace.contracts.resource.BufferTier.SMALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BufferPoolsTest {
    private static final long BUDGET = 4L * LARGE.bytes();
    private static final long IDLE_NANOS_MAX = Limits.BUFFER_IDLE_MAX.toNanos();

    private final CountingMemory memory = new CountingMemory();
    private final BufferPools pools = new BufferPools(BUDGET, memory);
    private final List<PooledBuffer> held = new ArrayList<>();

    @AfterEach
    void everythingGoesBackToTheSystem() {
        held.forEach(pools::giveBack);
        pools.close();
        assertThat(memory.allocatedBytes()).isZero();
    }

    @Test
    void nothingIsAllocatedBeforeItIsNeeded() {
        // then
        assertThat(total().committedBytes()).isZero();
        assertThat(memory.allocations()).isZero();

        // when
        take(SMALL);

        // then
        assertThat(total().committedBytes()).isEqualTo(SMALL.bytes());
        assertThat(memory.allocatedBytes()).isEqualTo(SMALL.bytes());
    }

    @ParameterizedTest
    @EnumSource
    void bufferHasTheWholeSizeOfItsTier(BufferTier tier) {
        // when
        PooledBuffer buffer = take(tier, 1);

        // then
        assertThat(buffer.segment().byteSize()).isEqualTo(tier.bytes());
        assertThat(buffer.requestedBytes()).isEqualTo(1);
        assertThat(buffer.tier()).isEqualTo(tier);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 4097})
    void sizeThatIsNotOfTheTierIsADefectOfTheCaller(long requestedBytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pools.take(SMALL, requestedBytes))
                .withMessageContaining("1 to 4096");
        assertThat(memory.allocations()).isZero();
    }

    @Test
    void budgetIsUsedToTheLastByteAndNotPassed() {
        // given
        take(LARGE);
        take(LARGE);
        take(LARGE);
        for (int n = 0; n < LARGE.bytes() / MEDIUM.bytes(); n++) {
            take(MEDIUM);
        }

        // then
        assertThat(total().committedBytes()).isEqualTo(BUDGET);
        for (BufferTier tier : BufferTier.values()) {
            assertThat(pools.take(tier, 1)).isEmpty();
        }
        assertThat(total().committedBytes()).isEqualTo(BUDGET);

        // when
        pools.giveBack(held.removeLast());

        // then
        assertThat(pools.take(LARGE, 1)).isEmpty();
        take(SMALL);
    }

    @Test
    void budgetThatIsNoMultipleOfABufferIsNotPassed() {
        // given
        try (BufferPools odd = new BufferPools(MEDIUM.bytes() + SMALL.bytes() - 1, memory)) {
            PooledBuffer medium = odd.take(MEDIUM, 1).orElseThrow();
            assertThat(odd.take(SMALL, 1)).isEmpty();
            odd.giveBack(medium);

            // when
            PooledBuffer small = odd.take(SMALL, 1).orElseThrow();

            // then
            assertThat(odd.figures().total().committedBytes()).isEqualTo(SMALL.bytes());
            odd.giveBack(small);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Proves("R-43")
    void bufferReturnedLastIsGrantedFirst(BufferTier tier) {
        // given
        PooledBuffer first = take(tier);
        PooledBuffer second = take(tier);

        // when
        pools.giveBack(first);
        pools.giveBack(second);

        // then
        assertThat(take(tier).segment().address()).isEqualTo(second.segment().address());
        assertThat(take(tier).segment().address()).isEqualTo(first.segment().address());
        assertThat(memory.allocations()).isEqualTo(2);
        assertThat(pools.figures().of(tier).reused()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    @Proves("R-46")
    void nothingOfThePreviousOwnerIsLeft(BufferTier tier) {
        // given
        PooledBuffer written = take(tier, 1);
        written.segment().fill((byte) 0x5A);

        // when
        pools.giveBack(written);
        PooledBuffer again = take(tier, 1);

        // then
        assertThat(again.segment().address()).isEqualTo(written.segment().address());
        assertThat(Zeros.onlyIn(again)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void newMemoryHoldsOnlyZeros(BufferTier tier) {
        assertThat(Zeros.onlyIn(take(tier))).isTrue();
    }

    @Test
    void givingBackTwiceCreditsOnce() {
        // given
        PooledBuffer buffer = take(SMALL);
        take(SMALL);

        // when
        boolean isBack = pools.giveBack(buffer);
        boolean isStillBack = pools.giveBack(buffer);

        // then
        assertThat(isBack).isTrue();
        assertThat(isStillBack).isTrue();
        assertThat(total().inUseBytes()).isEqualTo(SMALL.bytes());
        assertThat(total().idleBytes()).isEqualTo(SMALL.bytes());
        assertThat(take(SMALL).segment().address())
                .isNotEqualTo(take(SMALL).segment().address());
    }

    @Test
    void bufferOfOtherPoolsIsNotTaken() {
        // given
        try (BufferPools others = new BufferPools(BUDGET, memory)) {
            PooledBuffer foreign = others.take(SMALL, 1).orElseThrow();

            // then
            assertThatIllegalArgumentException().isThrownBy(() -> pools.giveBack(foreign));
            assertThat(others.figures().total().inUseBytes()).isEqualTo(SMALL.bytes());
            others.giveBack(foreign);
        }
    }

    @Test
    void idleBuffersOfOtherTiersMakeRoomOldestFirst() {
        // given
        PooledBuffer oldest = take(LARGE);
        List<PooledBuffer> small = new ArrayList<>();
        for (int n = 0; n < LARGE.bytes() / SMALL.bytes(); n++) {
            small.add(take(SMALL));
        }
        PooledBuffer newest = take(LARGE);
        take(LARGE);
        pools.giveBack(oldest);
        small.forEach(pools::giveBack);
        pools.giveBack(newest);
        assertThat(total().committedBytes()).isEqualTo(BUDGET);

        // when
        take(MEDIUM);

        // then
        assertThat(pools.figures().of(LARGE).freed()).isEqualTo(1);
        assertThat(pools.figures().of(SMALL).freed()).isZero();

        // when
        for (int n = 1; n <= LARGE.bytes() / MEDIUM.bytes(); n++) {
            take(MEDIUM);
        }

        // then
        assertThat(pools.figures().of(LARGE).freed()).isEqualTo(1);
        assertThat(pools.figures().of(SMALL).freed()).isEqualTo(MEDIUM.bytes() / SMALL.bytes());
        assertThat(total().committedBytes()).isEqualTo(BUDGET);
    }

    @Test
    void nothingIsFreedForABufferThatWouldNotFitAnyway() {
        // given
        take(LARGE);
        take(LARGE);
        take(LARGE);
        take(SMALL);
        PooledBuffer idle = take(MEDIUM);
        pools.giveBack(idle);

        // when
        var refused = pools.take(LARGE, 1);

        // then
        assertThat(refused).isEmpty();
        assertThat(pools.figures().of(MEDIUM).idleBytes()).isEqualTo(MEDIUM.bytes());
    }

    @Test
    void memoryThatWasNotNeededForLongGoesBackToTheSystem() {
        // given
        long start = -IDLE_NANOS_MAX / 2;
        PooledBuffer needed = take(SMALL);
        PooledBuffer unneeded = take(SMALL);
        pools.giveBack(unneeded);
        pools.giveBack(needed);
        pools.trim(start);

        // when
        PooledBuffer again = take(SMALL);
        pools.giveBack(again);
        pools.trim(start + IDLE_NANOS_MAX - 1);

        // then
        assertThat(pools.figures().of(SMALL).freed()).isZero();

        // when
        pools.trim(start + IDLE_NANOS_MAX);

        // then
        assertThat(pools.figures().of(SMALL).freed()).isEqualTo(1);
        assertThat(memory.allocatedBytes()).isEqualTo(SMALL.bytes());
        assertThat(take(SMALL).segment().address()).isEqualTo(needed.segment().address());
    }

    @Test
    void bufferInUseIsNotTrimmed() {
        // given
        PooledBuffer used = take(LARGE);
        pools.trim(0);

        // when
        pools.trim(2 * IDLE_NANOS_MAX);
        pools.giveBack(used);
        pools.trim(3 * IDLE_NANOS_MAX);

        // then
        assertThat(total().idleBytes()).isEqualTo(LARGE.bytes());
    }

    @Test
    void systemWithoutMemoryRefusesAndThePoolsAreUsableAfterwards() {
        // given
        take(LARGE, 17);
        memory.runOutAfter(0);

        // when
        var refusal = catchThrowableOfType(MillraceException.class, () -> pools.take(MEDIUM, 5_000));

        // then
        assertThat(refusal.problem().code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(refusal.problem().context())
                .containsEntry("type", "buffer")
                .containsEntry("requested", 5_000L)
                .containsEntry("limit", BUDGET)
                .containsEntry("inUse", (long) LARGE.bytes());
        assertThat(total().committedBytes()).isEqualTo(LARGE.bytes());
        assertThat(total().granted()).isEqualTo(1);

        // when
        memory.runOutAfter(MEDIUM.bytes());

        // then
        take(MEDIUM, 5_000);
    }

    @Test
    void idleBuffersAreFreedForASystemWithoutMemory() {
        // given
        PooledBuffer idle = take(LARGE);
        pools.giveBack(idle);
        memory.runOutAfter(0);

        // when
        take(SMALL);

        // then
        assertThat(total().committedBytes()).isEqualTo(SMALL.bytes());
    }

    @Test
    void closedPoolsGrantNothingAndFreeWhatComesBack() {
        // given
        PooledBuffer granted = take(LARGE);
        PooledBuffer idle = take(SMALL);
        pools.giveBack(idle);

        // when
        pools.close();

        // then
        assertThatIllegalStateException().isThrownBy(() -> pools.take(SMALL, 1));
        assertThat(memory.allocatedBytes()).isEqualTo(LARGE.bytes());
        assertThat(Zeros.onlyIn(granted)).isTrue();

        // when
        pools.giveBack(granted);

        // then
        assertThat(memory.allocatedBytes()).isZero();
    }

    @Test
    void figuresAreAStateOfOneMoment() {
        // given
        PoolFigures before = pools.figures();

        // when
        take(SMALL);

        // then
        assertThat(before.total()).isEqualTo(BufferFigures.NONE);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> before.tiers().clear());
    }

    @Test
    void negativeBudgetIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new BufferPools(-1));
    }

    private PooledBuffer take(BufferTier tier) {
        return take(tier, tier.bytes());
    }

    private PooledBuffer take(BufferTier tier, long requestedBytes) {
        PooledBuffer buffer = pools.take(tier, requestedBytes).orElseThrow();
        held.add(buffer);
        return buffer;
    }

    private BufferFigures total() {
        return pools.figures().total();
    }
}
