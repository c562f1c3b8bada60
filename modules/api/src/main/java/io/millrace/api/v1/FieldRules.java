package io.millrace.api.v1;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rules that requests about several things share. */
final class FieldRules {
    /** Attempts and threads own things under names that begin so; a caller must not pass for one. */
    private static final List<String> RESERVED_OWNERS = List.of("job ", "thread ");

    /** Labels: at most {@value RequestLimits#LABELS_MAX}; filters name one as {@code key:value}, so a key has no colon. */
    static Map<String, String> labels(JsonInput in, String field) {
        Map<String, String> labels = in.strings(field, FieldRules::checkLabel);
        if (labels.size() > RequestLimits.LABELS_MAX) {
            in.violation(field, "must have at most " + RequestLimits.LABELS_MAX + " entries");
        }
        return labels;
    }

    /** Environment variables: names of upper-case letters, digits and underscores. */
    static Map<String, String> env(JsonInput in, String field) {
        Map<String, String> env = in.strings(field, FieldRules::checkVariable);
        if (env.size() > RequestLimits.ENV_MAX) {
            in.violation(field, "must have at most " + RequestLimits.ENV_MAX + " entries");
        }
        return env;
    }

    /** A name for people. */
    static @Nullable String name(JsonInput in, String field) {
        String name = in.text(field);
        if (name != null) {
            requireShort(in, field, name);
            requireNoNul(in, field, name);
        }
        return name;
    }

    /** The name a caller gives to whoever is to own a lock or a resource. */
    static @Nullable String owner(JsonInput in, String field) {
        String owner = in.text(field);
        if (owner == null) {
            return null;
        }
        if (owner.isBlank() || owner.length() > RequestLimits.OWNER_CHARS_MAX) {
            in.violation(
                    field, "must have 1 to " + RequestLimits.OWNER_CHARS_MAX + " characters that are not all blank");
        } else if (owner.chars().anyMatch(Character::isISOControl)) {
            in.violation(field, "must not contain control characters");
        } else if (RESERVED_OWNERS.stream().anyMatch(owner::startsWith)) {
            in.violation(field, "must not begin with 'job ' or 'thread ', which name attempts");
        }
        return owner;
    }

    /** Numbers of processors, each named once. */
    static List<Integer> processors(JsonInput in, String field) {
        List<Integer> processors = new ArrayList<>();
        if (!in.isArray(field)) {
            return processors;
        }
        for (int index = 0; in.nextElement(); index++) {
            String path = field + "[" + index + "]";
            Long given = in.integer(path, 0, RequestLimits.PROCESSORS_MAX - 1);
            if (given == null) {
                continue;
            }
            if (processors.contains(given.intValue())) {
                in.violation(path, "must not name processor " + given + " again");
            } else {
                processors.add(given.intValue());
            }
        }
        return processors;
    }

    /** A NUL ends a string for the operating system, so that what runs would not be what was checked. */
    static void requireNoNul(JsonInput in, String field, String text) {
        if (text.indexOf('\0') >= 0) {
            in.violation(field, "must not contain a NUL character");
        }
    }

    private static void requireShort(JsonInput in, String field, String text) {
        if (text.length() > RequestLimits.NAME_CHARS_MAX) {
            in.violation(field, "must have at most " + RequestLimits.NAME_CHARS_MAX + " characters");
        }
    }

    private static void checkLabel(JsonInput in, String path, String key, String value) {
        if (key.isEmpty() || key.indexOf(':') >= 0) {
            in.violation(path, "must have a key that is not empty and has no colon");
        }
        requireShort(in, path, key);
        requireShort(in, path, value);
        requireNoNul(in, path, key);
        requireNoNul(in, path, value);
    }

    private static void checkVariable(JsonInput in, String path, String name, String value) {
        if (!isVariableName(name)) {
            in.violation(path, "must have a name that matches [A-Z_][A-Z0-9_]*");
        }
        requireNoNul(in, path, value);
    }

    private static boolean isVariableName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean isLetter = (c >= 'A' && c <= 'Z') || c == '_';
            if (!isLetter && (i == 0 || c < '0' || c > '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private FieldRules() {}
}
