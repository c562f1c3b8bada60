package io.millrace.api.v1;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is to be done about an incident (HTTP contract, section 9).
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class IncidentRequestReader {
    /** Who acts if the request does not say. */
    public static final String NOBODY_NAMED = "anonymous";

    private static final List<String> ACTION_FIELDS = List.of("by", "note");
    private static final List<String> MERGE_FIELDS = List.of("into", "by", "note");

    private IncidentRequestReader() {}

    /**
     * @param by who acts
     * @param note what there is to say about it, empty for nothing
     */
    public record Action(String by, String note) {}

    /** @param into incident that the other one becomes a part of */
    public record Merge(UUID into, Action action) {}

    /** An empty body names nobody and says nothing. */
    public static Action readAction(byte[] body) {
        return read(body, ACTION_FIELDS).action();
    }

    /** The field {@code into} must be given. */
    public static Merge readMerge(byte[] body) {
        return read(body, MERGE_FIELDS);
    }

    private static Merge read(byte[] body, List<String> fields) {
        String by = null;
        String note = null;
        UUID into = null;
        try (JsonInput in = JsonInput.request(body)) {
            if (in.nextRootValue()) {
                if (!in.isObject("")) {
                    throw in.wrongType("", "must be a JSON object");
                }
                for (String field = in.nextField(); field != null; field = in.nextField()) {
                    if (!fields.contains(field)) {
                        in.unknownField("", field, fields);
                        continue;
                    }
                    switch (field) {
                        case "by" -> by = FieldRules.owner(in, field);
                        case "into" -> into = incident(in, field);
                        default -> note = note(in, field);
                    }
                }
                in.requireEnd();
            }
            if (fields.equals(MERGE_FIELDS) && !in.hasViolations()) {
                in.requireGiven("into", into, "must be given: the id of the incident that this one is a part of");
            }
            in.requireValid();
        }
        Action action = new Action(by == null ? NOBODY_NAMED : by, note == null ? "" : note);
        return new Merge(into == null ? new UUID(0, 0) : into, action);
    }

    private static @Nullable String note(JsonInput in, String field) {
        String note = in.text(field);
        if (note != null && note.length() > RequestLimits.NOTE_CHARS_MAX) {
            in.violation(field, "must have at most " + RequestLimits.NOTE_CHARS_MAX + " characters");
        }
        if (note != null) {
            FieldRules.requireNoNul(in, field, note);
        }
        return note;
    }

    private static @Nullable UUID incident(JsonInput in, String field) {
        String text = in.text(field);
        UUID id = text == null ? null : UuidText.parse(text);
        if (text != null && id == null) {
            in.violation(field, UuidText.EXPECTED);
        }
        return id;
    }
}
