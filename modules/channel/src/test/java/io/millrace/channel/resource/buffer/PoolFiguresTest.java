package io.millrace.channel.resource.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolFiguresTest {
    private static final double EXACT = 1e-12;

    @Test
    @Proves("R-20")
    void idlePoolIsNotFragmented() {
        assertThat(figures(1_000, 0, 1_000, 0, 0).fragmentation()).isZero();
        assertThat(BufferFigures.NONE.fragmentation()).isZero();
    }

    @Test
    @Proves("R-20")
    void memoryThatIsUsedOrGrantableIsNotFragmented() {
        assertThat(figures(1_000, 600, 400, 0, 600).fragmentation()).isZero();
    }

    @Test
    @Proves("R-20")
    void memoryThatIsReturningIsFragmented() {
        assertThat(figures(1_000, 600, 350, 50, 600).fragmentation()).isEqualTo(0.05, within(EXACT));
        assertThat(figures(1_000, 0, 0, 1_000, 0).fragmentation()).isEqualTo(1, within(EXACT));
    }

    @Test
    @Proves("R-20")
    void memoryThatNobodyKnowsOfIsFragmented() {
        assertThat(figures(1_000, 500, 300, 0, 500).fragmentation()).isEqualTo(0.2, within(EXACT));
    }

    @Test
    @Proves("R-20")
    void roundingUpToATierIsWasteAndNotFragmentation() {
        // given
        BufferFigures figures = figures(1_000, 800, 200, 0, 200);

        // then
        assertThat(figures.waste()).isEqualTo(0.75, within(EXACT));
        assertThat(figures.fragmentation()).isZero();
    }

    @Test
    void nothingInUseWastesNothing() {
        assertThat(figures(1_000, 0, 1_000, 0, 0).waste()).isZero();
    }

    @Test
    void totalIsTheSumOfTheTiers() {
        // given
        var figures = new PoolFigures(
                10_000,
                Map.of(
                        BufferTier.SMALL, new BufferFigures(1, 2, 3, 4, 5, 6, 7, 8),
                        BufferTier.LARGE, new BufferFigures(10, 20, 30, 40, 50, 60, 70, 80)));

        // then
        assertThat(figures.total()).isEqualTo(new BufferFigures(11, 22, 33, 44, 55, 66, 77, 88));
        assertThat(figures.of(BufferTier.MEDIUM)).isEqualTo(BufferFigures.NONE);
    }

    private static BufferFigures figures(long committed, long inUse, long idle, long returning, long requested) {
        return new BufferFigures(committed, inUse, idle, returning, requested, 0, 0, 0);
    }
}
