package io.millrace.channel.service;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the line by which a process says that it is ready. The expressions are those of RE2, whose time grows with the
 * length of the line and not faster, whatever a user writes.
 *
 * @param found run when the first line matches
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
record LineWatch(Pattern pattern, Runnable found) {

    static LineWatch of(String expression, Runnable found) {
        return new LineWatch(Pattern.compile(expression), found);
    }

    /** Why an expression cannot be used, absent if it can. */
    static @Nullable String problemOf(String expression) {
        if (expression.isEmpty() || expression.length() > Limits.READINESS_PATTERN_CHARS_MAX) {
            return "must have 1 to " + Limits.READINESS_PATTERN_CHARS_MAX + " characters, and has "
                    + expression.length();
        }
        try {
            Pattern.compile(expression);
            return null;
        } catch (PatternSyntaxException e) {
            return "is no regular expression of RE2: " + e.getDescription() + ": " + e.getPattern();
        }
    }

    /** True if this is the line; then that was told. */
    boolean finds(String line) {
        boolean isFound = pattern.matcher(line).find();
        if (isFound) {
            found.run();
        }
        return isFound;
    }
}
