package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.Serial;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON values as plain Java: map in the order of the text, list, string, number, boolean or null. Whole numbers are
 * {@code Long}, or {@code BigInteger} where that is too small; other numbers are {@code Double}.
 */
final class PlainJson {

    /** A number with a fraction or exponent that no double can hold. */
    static final class NumberOutOfRange extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    /** The value at the parser's current token. The parser bounds its depth. */
    static @Nullable Object read(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> readMap(parser);
            case START_ARRAY -> readList(parser);
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? parser.getBigIntegerValue()
                        : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> readDouble(parser);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    /**
     * Writes a plain value.
     *
     * @throws IllegalArgumentException if it is nested too deep, or it or a part of it is no plain value
     */
    static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        write(json, value, 0);
    }

    private static void write(JsonGenerator json, @Nullable Object value, int depth) throws IOException {
        if (depth > RequestLimits.JSON_DEPTH_MAX) {
            throw new IllegalArgumentException("the value is nested deeper than " + RequestLimits.JSON_DEPTH_MAX);
        }
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Boolean truth -> json.writeBoolean(truth);
            case Number number -> writeNumber(json, number);
            case Map<?, ?> map -> writeMap(json, map, depth);
            case List<?> list -> writeList(json, list, depth);
            default ->
                throw new IllegalArgumentException("a " + value.getClass().getName()
                        + " is no JSON value; use a map, list, string, number, boolean or null");
        }
    }

    private static void writeNumber(JsonGenerator json, Number number) throws IOException {
        switch (number) {
            case Integer n -> json.writeNumber(n);
            case Long n -> json.writeNumber(n);
            case Short n -> json.writeNumber(n);
            case Byte n -> json.writeNumber((short) n);
            case BigInteger n -> json.writeNumber(n);
            case BigDecimal n -> json.writeNumber(n);
            case Double n when !n.isNaN() && !n.isInfinite() -> json.writeNumber(n);
            case Float n when !n.isNaN() && !n.isInfinite() -> json.writeNumber(n);
            default -> throw new IllegalArgumentException("the number " + number + " is no JSON value");
        }
    }

    private static void writeMap(JsonGenerator json, Map<?, ?> map, int depth) throws IOException {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String name)) {
                throw new IllegalArgumentException("a JSON object has strings as keys, not " + entry.getKey());
            }
            json.writeFieldName(name);
            write(json, entry.getValue(), depth + 1);
        }
        json.writeEndObject();
    }

    private static void writeList(JsonGenerator json, List<?> list, int depth) throws IOException {
        json.writeStartArray();
        for (Object element : list) {
            write(json, element, depth + 1);
        }
        json.writeEndArray();
    }

    private static Map<String, @Nullable Object> readMap(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            map.put(name, read(parser));
        }
        return map;
    }

    private static List<@Nullable Object> readList(JsonParser parser) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(read(parser));
        }
        return list;
    }

    private static Double readDouble(JsonParser parser) throws IOException {
        double value = parser.getDoubleValue();
        if (Double.isInfinite(value)) {
            throw new NumberOutOfRange();
        }
        return value;
    }

    private PlainJson() {}
}
