package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessTest {
    @TempDir
    private Path directory;

    @Test
    void runsWithSilenceBetweenThemAreOneAfterTheOther() throws IOException {
        // given
        Witness witness = told("start 1 10 5.00", "tick 1 10 5.05", "start 2 11 5.30", "tick 2 11 5.35");

        // then
        assertThatCode(() -> witness.assertRunsOneAfterTheOther(2)).doesNotThrowAnyException();
    }

    @Test
    void aRunThatGoesOnBesideTheNextIsFound() throws IOException {
        // given
        Witness witness = told("start 1 10 5.00", "start 2 11 5.30", "tick 1 10 5.31", "tick 2 11 5.35");

        // then
        assertThatThrownBy(() -> witness.assertRunsOneAfterTheOther(2)).isInstanceOf(AssertionError.class);
    }

    @Test
    void aRunThatBeginsBeforeTheLastIsSilentIsFound() throws IOException {
        // given
        Witness witness = told("start 1 10 5.00", "tick 1 10 5.05", "start 2 11 5.10");

        // then
        assertThatThrownBy(() -> witness.assertRunsOneAfterTheOther(2))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("silence");
    }

    @Test
    void aRunThatIsStartedTwiceIsFound() throws IOException {
        // given
        Witness witness = told("start 1 10 5.00", "start 2 11 5.30", "start 2 12 5.60");

        // then
        assertThatThrownBy(() -> witness.assertRunsOneAfterTheOther(2)).isInstanceOf(AssertionError.class);
    }

    @Test
    void theOverlapIsHowLongARunWasHeardOfBesideALaterOne() throws IOException {
        // given
        Witness apart = told("start 1 10 5.00", "tick 1 10 5.05", "start 2 11 5.06", "tick 2 11 5.10");
        Witness beside =
                told("start 1 10 5.00", "start 2 11 5.30", "tick 1 10 5.31", "tick 2 11 5.35", "tick 1 10 5.40");

        // then
        assertThat(apart.overlap()).isZero();
        assertThat(beside.overlap()).isEqualTo(Duration.ofMillis(100));
    }

    private Witness told(String... lines) throws IOException {
        return new Witness(Files.write(Files.createTempFile(directory, "witness", ""), List.of(lines)));
    }
}
