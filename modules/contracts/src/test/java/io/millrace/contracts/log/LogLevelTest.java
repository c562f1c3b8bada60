package io.millrace.contracts.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogLevelTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ERROR: no such table; ERROR",
                "[warn] slow query; WARN",
                "2026-11-21T12:00:01.5Z [main] INFO started after error; INFO",
                "2026-11-21 12:00:01 DEBUG looking for errors; DEBUG",
                "time=12:00 level=error msg=x; ERROR",
                "{\"level\":\"warn\",\"msg\":\"retrying\"}; WARN",
                "npm ERR! code ELIFECYCLE; ERROR",
                "npm WARN deprecated har-validator@5.1.5; WARN",
                "npm warn deprecated inflight@1.0.6; WARN",
                "fatal: not a git repository; CRITICAL",
                "panic: runtime; CRITICAL"
            })
    void aLevelThatALineNamesCounts(String line, LogLevel expected) {
        assertThat(LogLevel.of(LogStream.STDOUT, line)).isEqualTo(expected);
        assertThat(LogLevel.of(LogStream.STDERR, line)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 errors found",
                "Tests run: 12, Failures: 0, Errors: 0, Skipped: 1",
                "0 failed tests",
                "12 passed, 0 failed",
                "Found no errors",
                "no failed tests",
                "compiled without any errors",
                "npm warn deprecated inflight@1.0.6",
                "npm notice New version available",
                "  % Total    % Received % Xferd",
                "Cloning into 'millrace'..."
            })
    void whatIsNoErrorIsBelowOneOnEitherStream(String line) {
        assertThat(List.of(LogLevel.of(LogStream.STDOUT, line), LogLevel.of(LogStream.STDERR, line)))
                .doesNotContain(LogLevel.ERROR, LogLevel.CRITICAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.lang.IllegalStateException: closed",
                "TypeError: x is undefined",
                "Traceback (most recent call last):",
                "2 tests failed",
                "Tests run: 12, Failures: 1, Errors: 0",
                "Build failed in 3 s"
            })
    void whatSaysThatSomethingFailedIsAnErrorOnEitherStream(String line) {
        assertThat(LogLevel.of(LogStream.STDOUT, line)).isEqualTo(LogLevel.ERROR);
        assertThat(LogLevel.of(LogStream.STDERR, line)).isEqualTo(LogLevel.ERROR);
    }

    @Test
    void whatSaysNothingIsForInformationOrOnStandardErrorAWarning() {
        assertThat(LogLevel.of(LogStream.STDOUT, "listening on 3000")).isEqualTo(LogLevel.INFO);
        assertThat(LogLevel.of(LogStream.STDERR, "listening on 3000")).isEqualTo(LogLevel.WARN);
        assertThat(LogLevel.of(LogStream.STDOUT, "")).isEqualTo(LogLevel.INFO);
        assertThat(LogLevel.of(LogStream.SYSTEM, "10 MB are missing here")).isEqualTo(LogLevel.WARN);
    }

    @Test
    void noLineTakesLongToRate() {
        char[] spaces = new char[1 << 20];
        Arrays.fill(spaces, ' ');
        List<String> hostile = List.of(
                new String(spaces),
                "a ".repeat(1 << 18),
                "no a ".repeat(1 << 16),
                "level ".repeat(1 << 16),
                "0 x y ".repeat(1 << 16));

        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> hostile.forEach(
                        line -> assertThat(LogLevel.of(LogStream.STDOUT, line)).isEqualTo(LogLevel.INFO)));
    }
}
