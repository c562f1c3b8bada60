package io.millrace.api.v1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextFormsTest {

    @ParameterizedTest
    @CsvSource({"250ms, 250", "30s, 30000", "5m, 300000", "1h, 3600000", "7d, 604800000", "90s, 90000", "0s, 0"})
    void durationIsReadAndWrittenTheSame(String text, long millis) {
        assertThat(DurationText.parse(text)).isEqualTo(Duration.ofMillis(millis));
        assertThat(DurationText.format(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @Test
    void durationIsWrittenInTheLargestUnitThatDividesIt() {
        assertThat(DurationText.format(Duration.ofHours(24))).isEqualTo("1d");
        assertThat(DurationText.format(Duration.ofMillis(1_001))).isEqualTo("1001ms");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "1.5s", "5 s", "5S", "5min", "+5s", "9999999999999999s", "999999999999999d"})
    void whatIsNoDurationIsNotRead(String text) {
        assertThat(DurationText.parse(text)).isNull();
    }

    @Test
    void negativeDurationIsReadToBeRefusedByName() {
        assertThat(DurationText.parse("-5s")).isEqualTo(Duration.ofSeconds(-5));
    }

    @ParameterizedTest
    @CsvSource({"64KB, 65536", "1MB, 1048576", "2GB, 2147483648", "17B, 17", "17, 17"})
    void sizeIsReadInPowersOf1024(String text, long bytes) {
        assertThat(SizeText.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "KB", "-1KB", "1kb", "1.5MB", "1PB", "9999999999999"})
    void whatIsNoSizeIsNotRead(String text) {
        assertThat(SizeText.parse(text)).isEqualTo(SizeText.INVALID);
    }

    @Test
    void timeIsWrittenInUtcWithMilliseconds() {
        assertThat(TimeText.format(Instant.parse("2026-01-02T03:04:05.006789Z")))
                .isEqualTo("2026-01-02T03:04:05.006Z");
        assertThat(TimeText.parse("2026-01-02T04:04:05+01:00")).isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2026-01-02", "2026-01-02T03:04:05", "1969-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"})
    void whatIsNoTimeIsNotRead(String text) {
        assertThat(TimeText.parse(text)).isNull();
    }

    @Test
    void nearestKnownNameIsFound() {
        List<String> known = List.of("process", "priority", "name");

        assertThat(NearName.of("procces", known)).isEqualTo("process");
        assertThat(NearName.of("prioritx", known)).isEqualTo("priority");
        assertThat(NearName.of("banana", known)).isNull();
        assertThat(NearName.of("x", known)).isNull();
    }
}
