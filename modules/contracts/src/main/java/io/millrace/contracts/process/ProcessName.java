package io.millrace.contracts.process;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Name of a process, unique among the processes of a channel that have not been removed: 1 to 64 characters, letters,
 * digits, {@code . _ - : @ /}, beginning with a letter or digit (contract row B-41). It never changes.
 */
public record ProcessName(String value) implements Comparable<ProcessName> {
    public static final int LENGTH_MAX = 64;

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:@/-]{0,63}");

    public ProcessName {
        if (!FORM.matcher(value).matches()) {
            throw Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            "ServiceManager",
                            "A process cannot be named '" + abbreviated(value) + "'. Use 1 to " + LENGTH_MAX
                                    + " letters, digits, '.', '_', '-', ':', '@' or '/', beginning with a letter or digit.",
                            Map.of("field", "name"))
                    .asException();
        }
    }

    private static String abbreviated(String value) {
        return value.length() <= LENGTH_MAX ? value : value.substring(0, LENGTH_MAX) + "…";
    }

    /** The name as one segment of a path, where a slash would begin another. */
    public String inPath() {
        return value.replace("/", "%2F");
    }

    @Override
    public int compareTo(ProcessName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
