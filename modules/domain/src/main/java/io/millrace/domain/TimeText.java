package io.millrace.domain;

import java.util.concurrent.TimeUnit;

/** A duration as messages show it and requests write it. */
public final class TimeText {
    private TimeText() {}

    /** For example {@code 90s}: in the largest unit that gives a whole number. */
    public static String of(long millis) {
        if (millis == 0 || millis % 1_000 != 0) {
            return millis + "ms";
        }
        if (millis % TimeUnit.HOURS.toMillis(1) == 0) {
            return millis / TimeUnit.HOURS.toMillis(1) + "h";
        }
        if (millis % TimeUnit.MINUTES.toMillis(1) == 0) {
            return millis / TimeUnit.MINUTES.toMillis(1) + "m";
        }
        return millis / 1_000 + "s";
    }
}
