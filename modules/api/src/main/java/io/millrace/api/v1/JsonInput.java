package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.millrace.contracts.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON text while it is read, token by token.
 *
 * <p>Two kinds of text come through here. A request is untrusted: what cannot be understood ends the reading at once
 * (status 400), values that are wrong are collected (status 422). Stored text was a request once, perhaps of another
 * version: unknown fields are passed over, and rules that did not exist when it was accepted do not meet it.
 */
final class JsonInput implements AutoCloseable {
    private static final double NANOS_PER_SECOND = 1e9;

    private final JsonParser parser;
    private final boolean isStored;
    private final List<Violation> violations = new ArrayList<>(0);
    private String prefix = "";

    private JsonInput(JsonParser parser, boolean isStored) {
        this.parser = parser;
        this.isStored = isStored;
    }

    /** Untrusted text from the network. */
    static JsonInput request(byte[] body) {
        try {
            return new JsonInput(JsonText.REQUEST.createParser(body), false);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory cannot fail", e);
        }
    }

    /** Text that was accepted before. */
    static JsonInput stored(byte[] json) {
        try {
            return new JsonInput(JsonText.STORED.createParser(json), true);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory cannot fail", e);
        }
    }

    /** Puts this before the name of every field that is complained about, for example {@code jobs[3].}. */
    void prefix(String text) {
        prefix = text;
    }

    /** True if the text was accepted before, so that it may have fields no user writes. */
    boolean isStored() {
        return isStored;
    }

    boolean hasViolations() {
        return !violations.isEmpty();
    }

    /** How many values were wrong so far, to tell whether a part of the text was all right. */
    int violationCount() {
        return violations.size();
    }

    /** Moves to the next value of the outermost level; false at the end of the text. */
    boolean nextRootValue() {
        return advance() != null;
    }

    /** Byte position behind the current token. */
    long position() {
        return parser.currentLocation().getByteOffset();
    }

    /** True if the current value is an object, false if it is null; anything else is refused. */
    boolean isObject(String field) {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            return true;
        }
        requireNull(field, "must be a JSON object");
        return false;
    }

    /** Moves to the value of the current object's next field; null at its end. */
    @Nullable String nextField() {
        if (advance() == JsonToken.END_OBJECT) {
            return null;
        }
        String name = currentName();
        advance();
        return name;
    }

    /** True if the current value is an array, false if it is null; anything else is refused. */
    boolean isArray(String field) {
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            return true;
        }
        requireNull(field, "must be a JSON array");
        return false;
    }

    /** Moves to the current array's next element; false at its end. */
    boolean nextElement() {
        return advance() != JsonToken.END_ARRAY;
    }

    /** True if the current value is a string. */
    boolean isText() {
        return parser.currentToken() == JsonToken.VALUE_STRING;
    }

    /** True if the current value is null, which means the same as leaving it out. */
    boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    @Nullable Boolean truth(String field) {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> {
                requireNull(field, "must be true or false");
                yield null;
            }
        };
    }

    @Nullable String text(String field) {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return currentText();
        }
        requireNull(field, "must be a string");
        return null;
    }

    @Nullable Long integer(String field, long min, long max) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            requireNull(field, "must be a whole number");
            return null;
        }
        try {
            if (parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                long value = parser.getLongValue();
                if (value >= min && value <= max) {
                    return value;
                }
            }
        } catch (IOException e) {
            throw notJson(e);
        }
        violation(field, "must be between " + min + " and " + max);
        return null;
    }

    @Nullable Double number(String field, double min, double max) {
        JsonToken token = parser.currentToken();
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            requireNull(field, "must be a number");
            return null;
        }
        try {
            double value = parser.getDoubleValue();
            if (value >= min && value <= max) {
                return value;
            }
        } catch (IOException e) {
            throw notJson(e);
        }
        violation(field, "must be between " + plain(min) + " and " + plain(max));
        return null;
    }

    /** A duration of at least {@code min}. */
    @Nullable Duration duration(String field, Duration min) {
        String text = text(field);
        if (text == null) {
            return null;
        }
        Duration duration = DurationText.parse(text);
        if (duration == null) {
            violation(field, DurationText.EXPECTED);
        } else if (duration.isNegative()) {
            violation(field, "must not be negative");
        } else if (duration.compareTo(min) < 0) {
            violation(field, "must be at least " + DurationText.format(min));
        } else if (duration.compareTo(RequestLimits.DURATION_MAX) > 0) {
            violation(field, "must be at most " + DurationText.format(RequestLimits.DURATION_MAX));
        } else {
            return duration;
        }
        return null;
    }

    /** A duration between {@code min} and {@code max}. */
    @Nullable Duration duration(String field, Duration min, Duration max) {
        Duration duration = duration(field, min);
        if (duration != null && duration.compareTo(max) > 0) {
            violation(field, "must be at most " + DurationText.format(max));
            return null;
        }
        return duration;
    }

    /** A duration as text, or as a number of seconds that may have a fraction. */
    @Nullable Duration durationOrSeconds(String field, Duration min, Duration max) {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            Double seconds = number(field, min.toSeconds(), max.toSeconds());
            return seconds == null ? null : Duration.ofNanos(Math.round(seconds * NANOS_PER_SECOND));
        }
        if (token != JsonToken.VALUE_STRING) {
            requireNull(field, "must be a duration such as 250ms or 5s, or a number of seconds");
            return null;
        }
        return duration(field, min, max);
    }

    /** A number of bytes, or text such as {@code 64KB}. */
    @Nullable Long size(String field, long min, long max) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            return integer(field, min, max);
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            requireNull(field, SizeText.EXPECTED);
            return null;
        }
        long bytes = SizeText.parse(currentText());
        if (bytes == SizeText.INVALID) {
            violation(field, SizeText.EXPECTED);
        } else if (bytes < min || bytes > max) {
            violation(field, "must be between " + min + " and " + max + " bytes");
        } else {
            return bytes;
        }
        return null;
    }

    @Nullable Instant time(String field) {
        String text = text(field);
        if (text == null) {
            return null;
        }
        Instant time = TimeText.parse(text);
        if (time == null) {
            violation(field, TimeText.EXPECTED);
        }
        return time;
    }

    /** One of the given names, as the value it stands for. */
    <T> @Nullable T oneOf(String field, Map<String, T> known) {
        String text = text(field);
        if (text == null) {
            return null;
        }
        T value = known.get(text);
        if (value == null) {
            List<String> names = known.keySet().stream().sorted().toList();
            violation(field, "must be one of " + String.join(", ", names));
        }
        return value;
    }

    /** Strings by name, each checked by the caller's rule. */
    Map<String, String> strings(String field, EntryRule rule) {
        if (!isObject(field)) {
            return Map.of();
        }
        Map<String, String> entries = new HashMap<>();
        for (String name = nextField(); name != null; name = nextField()) {
            String path = field + "." + name;
            String value = text(path);
            if (value != null) {
                rule.check(this, path, name, value);
                entries.put(name, value);
            }
        }
        return entries;
    }

    /** Decides whether an entry of a map of strings is acceptable, and reports a violation if not. */
    @FunctionalInterface
    interface EntryRule {
        void check(JsonInput in, String path, String name, String value);
    }

    /** Any JSON value as plain Java: map, list, string, {@code Long}, {@code BigInteger}, {@code Double}, boolean or null. */
    @Nullable Object plainValue(String field) {
        try {
            return PlainJson.read(parser);
        } catch (PlainJson.NumberOutOfRange e) {
            throw wrongType(field, "has a number that is out of range");
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** Passes over the current value. */
    void skip() {
        try {
            parser.skipChildren();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** A field this version does not know: passed over in stored text, refused in a request. */
    void unknownField(String parent, String name, Collection<String> known) {
        if (isStored) {
            skip();
            return;
        }
        String path = parent.isEmpty() ? name : parent + "." + name;
        throw HttpProblem.malformed(prefix + abbreviated(path), "is not known" + NearName.hint(name, known))
                .asException();
    }

    /** A field of the contract that this version does not offer: refused rather than ignored. */
    void notOffered(String field) {
        skip();
        violation(field, "is not offered by this version of Millrace yet; leave it out");
    }

    /** Records that a value is wrong. Reading goes on, to report everything in one answer. */
    void violation(String field, String message) {
        if (isStored) {
            return;
        }
        violations.add(new Violation(prefix + abbreviated(field), message));
        if (violations.size() >= RequestLimits.VIOLATIONS_MAX) {
            throw HttpProblem.invalid(violations).asException();
        }
    }

    /** Records that a field is missing. One that was given with a wrong value is reported already. */
    void requireGiven(String field, @Nullable Object value, String message) {
        String path = prefix + abbreviated(field);
        if (value == null
                && violations.stream().noneMatch(violation -> violation.field().equals(path))) {
            violation(field, message);
        }
    }

    /** Refuses the request if any value was wrong. */
    void requireValid() {
        if (!violations.isEmpty()) {
            throw HttpProblem.invalid(violations).asException();
        }
    }

    /** Refuses the request if anything follows the value that was read. */
    void requireEnd() {
        if (advance() != null) {
            throw HttpProblem.malformed("The body has more than one JSON value. Send exactly one.")
                    .asException();
        }
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** Refuses the current value as of the wrong type, unless it is null, which means the same as leaving it out. */
    private void requireNull(String field, String message) {
        if (!isNull()) {
            throw wrongType(field, message);
        }
    }

    /** What to throw if the value of a field, or with an empty name the whole value, cannot be understood. */
    RuntimeException wrongType(String field, String message) {
        if (isStored) {
            return new IllegalArgumentException("stored field '" + field + "' " + message);
        }
        if (field.isEmpty() && prefix.isEmpty()) {
            return HttpProblem.malformed("The body " + message + ".").asException();
        }
        String path = field.isEmpty() ? prefix.substring(0, prefix.length() - 1) : prefix + abbreviated(field);
        return HttpProblem.malformed(path, message).asException();
    }

    private @Nullable JsonToken advance() {
        try {
            return parser.nextToken();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private String currentName() {
        try {
            return parser.currentName();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private String currentText() {
        try {
            return parser.getText();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private RuntimeException notJson(IOException cause) {
        if (isStored) {
            return new IllegalArgumentException("stored text is not JSON", cause);
        }
        return HttpProblem.malformed("The body is not valid JSON: " + reason(cause))
                .asException();
    }

    private static String reason(IOException cause) {
        if (cause instanceof StreamConstraintsException) {
            return "it is nested deeper than " + RequestLimits.JSON_DEPTH_MAX + " levels, or has a number longer than "
                    + RequestLimits.JSON_NUMBER_CHARS_MAX + " or a string longer than "
                    + RequestLimits.JSON_STRING_CHARS_MAX + " characters.";
        }
        if (cause instanceof JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            return e.getOriginalMessage() + where + ".";
        }
        return "it is not UTF-8 text.";
    }

    private static String abbreviated(String field) {
        return field.length() <= RequestLimits.NAME_CHARS_MAX
                ? field
                : field.substring(0, RequestLimits.NAME_CHARS_MAX) + "…";
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
