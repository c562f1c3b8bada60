package io.millrace.domain.lock.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.domain.channel.simulation.BrokenPromise;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs {@code -Dlock.seeds} seeds (default 5,000), or the one of {@code -Dlock.seed}. A seed that breaks a rule is
 * printed with every step of its history.
 */
class LockHistoryTest {
    private static final long SEEDS = Long.getLong("lock.seeds", 5_000);
    private static final Long ONE_SEED = Long.getLong("lock.seed");
    private static final long SEEDS_PER_FLAW_MAX = 500;

    @Test
    @Proves({"T-31", "T-44", "T-53", "T-61", "G-76"})
    void everyRuleOfLocksHoldsWhateverHappens() {
        // given
        long[] seeds = ONE_SEED == null ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {ONE_SEED};
        Map<String, Integer> sightings = new TreeMap<>();

        // when
        for (long seed : seeds) {
            RandomHistory.run(seed, Flaw.NONE).forEach((name, times) -> sightings.merge(name, times, Integer::sum));
        }

        // then: a broken rule would have ended the loop, and every case was met
        System.out.println(seeds.length + " histories of locks: " + sightings);
        if (ONE_SEED == null) {
            assertThat(sightings)
                    .containsKeys(
                            "Given back of an earlier life",
                            "Granted outcome",
                            "Granted with warning",
                            "Refused CONCURRENCY",
                            "Refused INVALID_ARGUMENT",
                            "Refused INVALID_STATE",
                            "Released CLEANED_UP",
                            "Released EXPIRED",
                            "Released OWNER_ENDED",
                            "Released RELEASED",
                            "TimedOut");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aFlawedTableIsNoticed(Flaw flaw) {
        assertThat(LongStream.rangeClosed(1, SEEDS_PER_FLAW_MAX).anyMatch(seed -> isNoticed(seed, flaw)))
                .as("a rule that speaks of '%s' is broken", flaw.breach())
                .isTrue();
    }

    private static boolean isNoticed(long seed, Flaw flaw) {
        try {
            RandomHistory.run(seed, flaw);
            return false;
        } catch (BrokenPromise broken) {
            String message = String.valueOf(broken.getMessage());
            return message.lines().findFirst().orElse("").contains(flaw.breach());
        }
    }
}
