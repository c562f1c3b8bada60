package io.millrace.domain.resource.history;

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
 * Runs {@code -Dresource.seeds} seeds (default 2,000), or the one of {@code -Dresource.seed}. A seed that breaks a rule is
 * printed with every step up to the one that broke it.
 */
class ResourceHistoryTest {
    private static final long SEEDS = Long.getLong("resource.seeds", 2_000);
    private static final Long ONE_SEED = Long.getLong("resource.seed");
    private static final long SEEDS_PER_FLAW_MAX = 100;

    @Test
    @Proves({"R-25", "R-40", "R-42", "R-47", "R-50", "B-134", "B-135", "B-142"})
    void theLedgerAgreesWithANaiveOneWhateverHappens() {
        // given
        long[] seeds = ONE_SEED == null ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {ONE_SEED};
        Map<String, Integer> sightings = new TreeMap<>();

        // when
        for (long seed : seeds) {
            RandomHistory.run(seed, Flaw.NONE).forEach((name, times) -> sightings.merge(name, times, Integer::sum));
        }

        // then: a broken rule would have ended the loop, and every case was met
        System.out.println(seeds.length + " histories of resources: " + sightings);
        if (ONE_SEED == null) {
            assertThat(sightings)
                    .containsOnlyKeys(
                            "GiveBack",
                            "Granted",
                            "Refused INVALID_STATE",
                            "Refused RESOURCE_LIMIT",
                            "Refused TIMEOUT",
                            "Take",
                            "Waits",
                            "Withdraw");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aFlawedLedgerIsNoticed(Flaw flaw) {
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
