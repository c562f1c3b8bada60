package io.millrace.domain.incident;

import io.millrace.domain.Limits;

/** Texts of incidents, which are stored and travel between nodes. */
final class Texts {
    private Texts() {}

    static String cut(String text) {
        return cut(text, Limits.INCIDENT_TEXT_CHARS_MAX);
    }

    static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax - 1) + "…";
    }
}
