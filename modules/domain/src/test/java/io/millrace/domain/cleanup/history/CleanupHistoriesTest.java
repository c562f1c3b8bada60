package io.millrace.domain.cleanup.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.Proves;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs {@code -Dcleanup.histories} random histories (default 5,000). A history that breaks a promise names its seed, which
 * gives the same history again.
 */
class CleanupHistoriesTest {
    private static final long HISTORIES = Long.getLong("cleanup.histories", 5_000);
    private static final long HISTORIES_PER_FLAW_MAX = 500;

    /** Cases without which many histories show little. */
    private static final String[] WHAT_MUST_BE_MET = {
        "Crash",
        "Ended COMPLETE_WITH_FAILURES",
        "Ended FAILED",
        "Ended NEEDS_OPERATOR",
        "Registered",
        "Removed",
        "RollbackStarted",
        "RunEnded COMPLETE",
        "RunEnded COMPLETE_WITH_FAILURES",
        "RunEnded FAILED",
        "RunEnded NEEDS_OPERATOR",
        "RunEnded ROLLED_BACK",
        "RunStarted",
        "StepEnded COMPLETE",
        "StepEnded FAILED",
        "StepEnded SKIPPED",
        "StepEnded UNDONE",
        "StepEnded UNDO_FAILED",
        "StepStarted"
    };

    @Test
    @Proves({"C-51", "C-52", "C-67"})
    void whateverFailsACleanupIsDoneTakenBackOrSaysWhatIsNot() {
        Map<String, Long> sightings = new TreeMap<>();

        for (long seed = 1; seed <= HISTORIES; seed++) {
            RandomHistory.run(seed, Flaw.NONE).forEach((what, count) -> sightings.merge(what, count, Long::sum));
        }

        assertThat(sightings).containsKeys(WHAT_MUST_BE_MET);
    }

    @Test
    void theSameSeedGivesTheSameHistory() {
        assertThat(RandomHistory.run(7, Flaw.NONE)).isEqualTo(RandomHistory.run(7, Flaw.NONE));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMissingGuardIsNoticed(Flaw flaw) {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= HISTORIES_PER_FLAW_MAX; seed++) {
                        RandomHistory.run(seed, flaw);
                    }
                })
                .isInstanceOf(BrokenPromise.class)
                .hasMessageContaining("Seed ");
    }
}
