package io.millrace.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TrendTest {
    private final Trend trend = new Trend();

    @Test
    void aSteadyLeakIsItsRate() {
        for (int second = 0; second <= 60; second += 6) {
            trend.add(1_000 + second, 200 + second / 60.0);
        }

        assertThat(trend.perHour()).isCloseTo(60, within(0.001));
    }

    @Test
    void whatOnlyGoesUpAndDownHasNoSlope() {
        for (int second = 0; second <= 60; second += 6) {
            trend.add(second, second % 12 == 0 ? 200 : 210);
        }

        assertThat(trend.perHour()).isCloseTo(0, within(0.001));
    }

    @Test
    void oneSampleIsNoTrend() {
        trend.add(5, 100);

        assertThat(trend.perHour()).isZero();
    }
}
