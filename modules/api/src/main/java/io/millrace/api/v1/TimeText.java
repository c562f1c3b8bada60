package io.millrace.api.v1;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Times as requests and replies write them: RFC 3339; replies in UTC with milliseconds. */
public final class TimeText {
    /** Says what is expected, for violations. */
    public static final String EXPECTED = "must be an RFC 3339 time, for example 2026-01-31T12:00:00Z";

    private static final int YEAR_MIN = 1970;
    private static final int YEAR_MAX = 9999;
    private static final int LENGTH = "1970-01-01T00:00:00.000Z".length();

    /** Reads the text form, with any offset; null if the text is none or lies outside the years 1970 to 9999. */
    public static @Nullable Instant parse(String text) {
        try {
            OffsetDateTime time = OffsetDateTime.parse(text);
            int year = time.withOffsetSameInstant(ZoneOffset.UTC).getYear();
            return year < YEAR_MIN || year > YEAR_MAX ? null : time.toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** The text form in UTC with milliseconds; finer parts are cut off. */
    public static String format(Instant instant) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
        if (time.getYear() < 0 || time.getYear() > YEAR_MAX) {
            return instant.toString();
        }
        char[] text = new char[LENGTH];
        put(text, 0, 4, time.getYear());
        text[4] = '-';
        put(text, 5, 2, time.getMonthValue());
        text[7] = '-';
        put(text, 8, 2, time.getDayOfMonth());
        text[10] = 'T';
        put(text, 11, 2, time.getHour());
        text[13] = ':';
        put(text, 14, 2, time.getMinute());
        text[16] = ':';
        put(text, 17, 2, time.getSecond());
        text[19] = '.';
        put(text, 20, 3, time.getNano() / 1_000_000);
        text[23] = 'Z';
        return new String(text);
    }

    private static void put(char[] text, int at, int digits, int value) {
        int rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            text[i] = (char) ('0' + rest % 10);
            rest /= 10;
        }
    }

    private TimeText() {}
}
