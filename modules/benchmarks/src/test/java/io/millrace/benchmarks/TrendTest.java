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

    @Test
    void aStraightLineHasASlopeWithoutError() {
        for (int second = 0; second <= 60; second += 6) {
            trend.add(1_000 + second, 200 + second / 60.0);
        }

        assertThat(trend.standardErrorPerHour()).isCloseTo(0, within(0.01));
    }

    @Test
    void theErrorOfASlopeIsThatOfTheLineThatFitsBest() {
        trend.add(0, 0);
        trend.add(1, 2);
        trend.add(2, 1);

        // The line is 0.5 + 0.5 t, which leaves -0.5, 1 and -0.5: the error is the root of 1.5 / 1 / 2 a second.
        assertThat(trend.perHour()).isCloseTo(0.5 * 3_600, within(0.001));
        assertThat(trend.standardErrorPerHour()).isCloseTo(Math.sqrt(0.75) * 3_600, within(0.001));
    }

    @Test
    void twoSamplesSayNothingAboutTheErrorOfTheirSlope() {
        trend.add(0, 0);
        trend.add(1, 2);

        assertThat(trend.standardErrorPerHour()).isZero();
    }
}
