package io.millrace.contracts.lock;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import java.util.List;
import java.util.regex.Pattern;

/** Name of a lock within its channel: 1 to 128 letters, digits, dots, underscores or hyphens, the first a letter or digit. */
public record LockName(String value) implements Comparable<LockName> {
    private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    public LockName {
        if (!PATTERN.matcher(value).matches()) {
            String shown = value.length() <= 80 ? value : value.substring(0, 80) + "…";
            throw Problem.invalid(
                            "LockManager",
                            "The lock name '" + shown + "' is not valid. Use 1 to 128 letters, digits, dots, "
                                    + "underscores or hyphens, starting with a letter or digit.",
                            List.of(new Violation("lock", "must match " + PATTERN.pattern())))
                    .asException();
        }
    }

    /** True if a lock can have this name. */
    public static boolean isValid(String name) {
        return PATTERN.matcher(name).matches();
    }

    @Override
    public int compareTo(LockName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
