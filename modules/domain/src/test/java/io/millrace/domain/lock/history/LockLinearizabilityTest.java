package io.millrace.domain.lock.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.domain.lock.history.ConcurrentHistory.Guard;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs {@code -Dlock.seeds} seeds (default 5,000), or the one of {@code -Dlock.seed}. */
class LockLinearizabilityTest {
    private static final long SEEDS = Long.getLong("lock.seeds", 5_000);
    private static final Long ONE_SEED = Long.getLong("lock.seed");
    private static final long SEEDS_PER_FLAW_MAX = 500;

    @Test
    @Proves("T-61")
    void whatClientsSeeIsWhatOneLockAfterTheOtherWouldHaveGiven() {
        // given
        long[] seeds = ONE_SEED == null ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {ONE_SEED};
        long operations = 0;

        // when
        for (long seed : seeds) {
            for (List<LockOperation> lock :
                    ConcurrentHistory.of(seed, Flaw.NONE, Guard.NONE).values()) {
                operations += lock.size();
                assertThat(LinearizabilityChecker.isLinearizable(lock))
                        .as("replay with -Dlock.seed=%s: %s", seed, lock)
                        .isTrue();
            }
        }

        // then
        System.out.println(seeds.length + " concurrent histories of locks: " + operations + " operations");
        assertThat(operations).isGreaterThan(seeds.length * 20L);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"GRANTS_TWICE", "REPEATS_TOKEN", "RELEASES_WHAT_OTHERS_HOLD", "FORGETS_TOKENS", "SHORTENS_LEASES"})
    void aFlawedTableIsNoticed(Flaw flaw) {
        assertThat(isNoticed(flaw, Guard.NONE)).isTrue();
    }

    @Test
    void anAnswerThatIsGivenBeforeItIsStoredIsNoticed() {
        assertThat(isNoticed(Flaw.NONE, Guard.STORED_BEFORE_TOLD)).isTrue();
    }

    private static boolean isNoticed(Flaw flaw, Guard withoutGuard) {
        return LongStream.rangeClosed(1, SEEDS_PER_FLAW_MAX)
                .mapToObj(seed -> ConcurrentHistory.of(seed, flaw, withoutGuard))
                .anyMatch(history ->
                        history.values().stream().anyMatch(lock -> !LinearizabilityChecker.isLinearizable(lock)));
    }
}
