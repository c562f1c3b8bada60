package io.millrace.contracts.cleanup;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Name of a cleanup task within its channel: 1 to 128 letters, digits, dots, underscores or hyphens, the first a letter or
 * digit (contract row C-02).
 */
public record CleanupName(String value) implements Comparable<CleanupName> {
    private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    public CleanupName {
        if (!PATTERN.matcher(value).matches()) {
            String shown = value.length() <= 80 ? value : value.substring(0, 80) + "…";
            throw Problem.invalid(
                            "CleanupManager",
                            "The name '" + shown
                                    + "' of a cleanup task is not valid. Use 1 to 128 letters, digits, dots, "
                                    + "underscores or hyphens, starting with a letter or digit.",
                            List.of(new Violation("name", "must match " + PATTERN.pattern())))
                    .asException();
        }
    }

    /** True if a task can have this name. */
    public static boolean isValid(String name) {
        return PATTERN.matcher(name).matches();
    }

    @Override
    public int compareTo(CleanupName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
