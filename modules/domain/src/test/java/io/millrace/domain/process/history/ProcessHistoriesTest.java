package io.millrace.domain.process.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.Proves;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs {@code -Dprocess.histories} random histories (default 3,000). A history that breaks a promise names its seed, which
 * gives the same history again.
 */
class ProcessHistoriesTest {
    private static final long HISTORIES = Long.getLong("process.histories", 3_000);
    private static final long HISTORIES_PER_FLAW_MAX = 500;

    /** Cases without which many histories show little. */
    private static final String[] WHAT_MUST_BE_MET = {
        "Another owner",
        "BecameReady",
        "Cancelled",
        "FAILED to PENDING",
        "Host died",
        "LOST to PENDING",
        "PENDING to LOST",
        "PENDING to RUNNING",
        "PENDING to STOPPED",
        "PENDING to STOPPING",
        "RUNNING to FAILED",
        "RUNNING to LOST",
        "RUNNING to PENDING",
        "RUNNING to STOPPING",
        "RUNNING to SUCCESS",
        "Registered",
        "Removed",
        "RunEnded EXITED PENDING",
        "RunEnded INTERRUPTED LOST",
        "RunEnded INTERRUPTED PENDING",
        "RunEnded INTERRUPTED STOPPED",
        "RunStarted",
        "STOPPED to PENDING",
        "STOPPING to FAILED",
        "STOPPING to PENDING",
        "STOPPING to STOPPED",
        "SUCCESS to PENDING",
        "Same owner again",
        "StopRequested REMOVAL",
        "StopRequested RESTART",
        "StopRequested START_TIMEOUT",
        "StopRequested USER"
    };

    @Test
    @Proves("B-47")
    void whateverFailsNoTwoRunsOfAProcessLiveAndEachGoesTheWayItShould() {
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
