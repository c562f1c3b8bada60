package io.millrace.contracts.log;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How serious a line is, as far as its text tells. */
public enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR,
    CRITICAL;

    /** What follows is not looked at: a level stands at the beginning of a line. */
    private static final int CHARS_LOOKED_AT = 512;

    private static final String NAMES =
            "trace|debug|verbose|info|notice|warn|warning|err|err!|error|severe|fatal|critical|crit|panic|emerg";

    /** {@code level=warn}, {@code "level":"warn"}. */
    private static final Pattern FIELD = pattern("\\blevel[\"']?\\s?[=:]\\s?[\"']?(" + NAMES + ")\\b");

    /** {@code ERROR:}, {@code [warn]}, {@code npm ERR!}, {@code 12:00:01.5 [main] INFO}: among the first words. */
    private static final Pattern WORD = pattern("^(?:\\S{1,64}\\s+){0,4}?[\\[(<]?(" + NAMES + ")(?:[\\])>:|!]|\\s|$)");

    /** {@code 0 errors found}, {@code no failed tests}, {@code failed: 0}. */
    private static final Pattern NONE = pattern(
            "\\b(?:0|no|zero|without)\\s(?:\\w{1,20}\\s){0,2}?(?:errors?|failures?|failed|warnings?|exceptions?)\\b"
                    + "|\\b(?:errors?|failures?|failed|warnings?|exceptions?)\\s?[:=]\\s?0\\b");

    private static final Pattern FAILURE = pattern(
            "\\b(?:errors?|fail(?:ed|ure|ures)|exception|traceback|cannot find)\\b" + "|[a-z](?:Error|Exception)\\b");

    private static final Pattern WARNING = pattern("\\b(?:warnings?|deprecated)\\b");

    private static Pattern pattern(String expression) {
        return Pattern.compile(expression, Pattern.CASE_INSENSITIVE);
    }

    /**
     * A level that the line names counts before anything else it says. What nothing is said about is a warning on standard
     * error, where programs write progress and warnings too, and otherwise for information; a count of no errors says nothing.
     */
    public static LogLevel of(LogStream stream, String content) {
        if (stream == LogStream.SYSTEM) {
            return WARN;
        }
        String text = content.length() <= CHARS_LOOKED_AT ? content : content.substring(0, CHARS_LOOKED_AT);
        String said = NONE.matcher(text).replaceAll("");
        LogLevel named = named(said);
        return named == null ? byCue(said, stream) : named;
    }

    private static @Nullable LogLevel named(String text) {
        Matcher field = FIELD.matcher(text);
        Matcher word = WORD.matcher(text);
        String name = field.find() ? field.group(1) : word.find() ? word.group(1) : null;
        return name == null
                ? null
                : switch (name.toLowerCase(Locale.ROOT)) {
                    case "trace", "debug", "verbose" -> DEBUG;
                    case "info", "notice" -> INFO;
                    case "warn", "warning" -> WARN;
                    case "err", "err!", "error", "severe" -> ERROR;
                    default -> CRITICAL;
                };
    }

    private static LogLevel byCue(String text, LogStream stream) {
        if (FAILURE.matcher(text).find()) {
            return ERROR;
        }
        return stream == LogStream.STDERR || WARNING.matcher(text).find() ? WARN : INFO;
    }

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
