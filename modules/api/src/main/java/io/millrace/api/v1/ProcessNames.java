package io.millrace.api.v1;

import io.millrace.contracts.MillraceException;
import io.millrace.contracts.process.ProcessName;
import org.jspecify.annotations.Nullable;

/** Reads names of processes. */
final class ProcessNames {
    static final String EXPECTED = "must be 1 to " + ProcessName.LENGTH_MAX
            + " letters, digits, '.', '_', '-', ':', '@' or '/', beginning with a letter or digit";

    /** Keeps the place of a name that has violations; such a process is refused before anyone sees it. */
    static final ProcessName UNREADABLE = new ProcessName("unreadable");

    /** The name at the current value; null if that is null or none. */
    static @Nullable ProcessName read(JsonInput in, String field) {
        String text = in.text(field);
        if (text == null) {
            return null;
        }
        if (!isValid(text)) {
            in.violation(field, EXPECTED);
            return null;
        }
        return new ProcessName(text);
    }

    static boolean isValid(String text) {
        try {
            return new ProcessName(text).value().equals(text);
        } catch (MillraceException notAName) {
            return false;
        }
    }

    private ProcessNames() {}
}
