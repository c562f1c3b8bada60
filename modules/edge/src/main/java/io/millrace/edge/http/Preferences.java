package io.millrace.edge.http;

import java.time.Duration;
import java.util.Locale;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.jspecify.annotations.Nullable;

/** The {@code Prefer} header (RFC 7240), as far as it is honoured: {@code wait=N}, N in seconds. */
final class Preferences {
    private static final String WAIT = "wait=";
    private static final int DIGITS_MAX = 9;

    private Preferences() {}

    /** How long the client wants to wait, cut to {@code max}; null if it does not say. What is not understood is ignored. */
    static @Nullable Duration wait(@Nullable String header, Duration max) {
        if (header == null) {
            return null;
        }
        for (String preference : header.split("[,;]", -1)) {
            String text = preference.strip().toLowerCase(Locale.ROOT).replace(" ", "");
            if (text.startsWith(WAIT)) {
                return seconds(text.substring(WAIT.length()).replace("\"", ""), max);
            }
        }
        return null;
    }

    /** Tells the client what was honoured. */
    static HttpHeader applied(Duration wait) {
        return RawHeader.create("Preference-Applied", WAIT + wait.toSeconds());
    }

    private static @Nullable Duration seconds(String digits, Duration max) {
        if (digits.isEmpty() || digits.length() > DIGITS_MAX || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        Duration wait = Duration.ofSeconds(Long.parseLong(digits));
        return wait.compareTo(max) > 0 ? max : wait;
    }
}
