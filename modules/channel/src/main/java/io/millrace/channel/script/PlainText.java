package io.millrace.channel.script;

import io.millrace.domain.Limits;

/** Text out of files of others, made fit to be shown: short, and without characters that control a terminal. */
final class PlainText {
    private PlainText() {}

    /** One line of at most {@link Limits#SCRIPT_TEXT_CHARS_MAX} characters; runs of white space become one blank. */
    static String of(String text) {
        String start = text.length() <= 2 * Limits.SCRIPT_TEXT_CHARS_MAX
                ? text
                : text.substring(0, 2 * Limits.SCRIPT_TEXT_CHARS_MAX);
        String line = withoutControls(start);
        return line.length() <= Limits.SCRIPT_TEXT_CHARS_MAX ? line : cut(line) + "…";
    }

    /** One line of any length. */
    static String withoutControls(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\s\\u2028\\u2029]+", " ").strip();
    }

    private static String cut(String line) {
        int length = Limits.SCRIPT_TEXT_CHARS_MAX - 1;
        return line.substring(0, Character.isHighSurrogate(line.charAt(length - 1)) ? length - 1 : length);
    }

    /**
     * True if a tool can be given this name as an argument and a person can type it: neither empty nor too long, nothing in
     * it that is not shown, and not the look of an option.
     */
    static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= Limits.SCRIPT_TEXT_CHARS_MAX
                && name.charAt(0) != '-'
                && name.equals(of(name));
    }
}
