package io.millrace.api.v1;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Durations as requests and replies write them: a whole number and a unit, {@code 250ms 30s 5m 1h 7d}. */
public final class DurationText {
    /** Says what is expected, for violations. */
    public static final String EXPECTED = "must be a whole number and a unit, for example 250ms, 30s, 5m, 1h or 7d";

    private static final int DIGITS_MAX = 15;

    /** Reads the text form; null if the text is none. A negative number is read, for the caller to refuse by name. */
    public static @Nullable Duration parse(String text) {
        int start = text.startsWith("-") ? 1 : 0;
        int end = start;
        long number = 0;
        while (end < text.length() && isDigit(text.charAt(end)) && end - start < DIGITS_MAX) {
            number = number * 10 + (text.charAt(end) - '0');
            end++;
        }
        if (end == start) {
            return null;
        }
        long unitMillis = unitMillis(text.substring(end));
        if (unitMillis == 0 || number > Long.MAX_VALUE / unitMillis) {
            return null;
        }
        return Duration.ofMillis(start == 1 ? -number * unitMillis : number * unitMillis);
    }

    /** The text form in the largest unit that divides it; parts below a millisecond are cut off. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % 86_400_000 == 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    /** As {@link #format}, for what is measured: in microseconds, {@code 1250us}, unless whole milliseconds say as much. */
    public static String formatMeasured(Duration duration) {
        long micros = TimeUnit.MICROSECONDS.convert(duration);
        return micros % 1_000 == 0 ? format(duration) : micros + "us";
    }

    private static long unitMillis(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> 0;
        };
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private DurationText() {}
}
