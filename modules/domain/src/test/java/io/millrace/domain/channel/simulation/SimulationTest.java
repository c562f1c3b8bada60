package io.millrace.domain.channel.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.Proves;
import io.millrace.domain.channel.ChannelEvent;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs {@code -Dsimulation.seeds} seeds (default 10,000), or the one of {@code -Dsimulation.seed}. A seed that breaks a
 * promise is printed with everything that happened in it.
 */
class SimulationTest {
    private static final long SEEDS = Long.getLong("simulation.seeds", 10_000);
    private static final Long ONE_SEED = Long.getLong("simulation.seed");
    private static final long SEEDS_PER_FLAW_MAX = 5_000;

    /** Cases without which a run of many seeds shows little. */
    private static final String[] WHAT_MUST_BE_MET = Stream.concat(
                    Arrays.stream(ChannelEvent.class.getPermittedSubclasses()).map(Class::getSimpleName),
                    Stream.of(
                            "Answer Refused",
                            "Answer SameJobs",
                            "Answer Unknown",
                            "AttemptEnded CANCELLED to CANCELLED",
                            "AttemptEnded FAILED to FAILED",
                            "AttemptEnded FAILED to SCHEDULED",
                            "AttemptEnded INTERRUPTED to LOST",
                            "AttemptEnded INTERRUPTED to QUEUED",
                            "Adopted a process that had ended",
                            "Adopted a process that ran",
                            "Cleaned up behind an earlier owner",
                            "Locks of a deleted channel",
                            "Locks of an earlier life",
                            "Lease over",
                            "Lease over before the start",
                            "Owner behind the journal",
                            "Owner behind the read model",
                            "Process host found again",
                            "Process to be adopted was gone",
                            "Write CONFLICT",
                            "Write UNKNOWN"))
            .toArray(String[]::new);

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // For more seeds than the build runs.
    @Proves({"T-51", "G-85"})
    void everyPromiseHoldsWhateverHappens() {
        // given
        long[] seeds = ONE_SEED == null ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {ONE_SEED};
        long started = System.nanoTime();
        long steps = 0;
        long entries = 0;
        long jobs = 0;
        Sightings sightings = new Sightings();

        // when
        for (long seed : seeds) {
            Simulation.Result result = Simulation.run(seed, Flaw.NONE);
            steps += result.steps();
            entries += result.entries();
            jobs += result.jobs();
            sightings.addAll(result.sightings());
        }

        // then: a broken promise would have ended the loop
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        System.out.printf(
                "%d seeds in %d ms: %d steps, %d journal entries, %d jobs%n",
                seeds.length, took.toMillis(), steps, entries, jobs);
        System.out.println(sightings.counts());
        assertThat(jobs).isPositive();
        if (ONE_SEED == null) {
            assertThat(sightings.counts()).containsKeys(WHAT_MUST_BE_MET);
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        // when
        Simulation.Result first = Simulation.run(7, Flaw.NONE);
        Simulation.Result second = Simulation.run(7, Flaw.NONE);

        // then
        assertThat(second.steps()).isEqualTo(first.steps());
        assertThat(second.entries()).isEqualTo(first.entries());
        assertThat(second.sightings().counts()).isEqualTo(first.sightings().counts());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMissingGuardIsNoticed(Flaw flaw) {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= SEEDS_PER_FLAW_MAX; seed++) {
                        Simulation.run(seed, flaw);
                    }
                })
                .isInstanceOf(BrokenPromise.class)
                .hasMessageContaining("-Dsimulation.seed=");
    }
}
