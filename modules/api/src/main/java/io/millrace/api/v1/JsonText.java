package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes JSON text. */
public final class JsonText {
    /** For text we wrote ourselves: same bounds, but numbers and strings as long as we stored them. */
    static final JsonFactory STORED = factory(StreamReadConstraints.builder()
            .maxNestingDepth(RequestLimits.JSON_DEPTH_MAX * 2)
            .build());

    /** For requests: every bound of the contract, duplicate keys refused. */
    static final JsonFactory REQUEST = factory(StreamReadConstraints.builder()
                    .maxNestingDepth(RequestLimits.JSON_DEPTH_MAX)
                    .maxNumberLength(RequestLimits.JSON_NUMBER_CHARS_MAX)
                    .maxStringLength(RequestLimits.JSON_STRING_CHARS_MAX)
                    .maxNameLength(RequestLimits.JSON_NAME_CHARS_MAX)
                    .build())
            .rebuild()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final int REPLY_BYTES_USUAL = 1024;

    /** Something that is written as one JSON value. */
    @FunctionalInterface
    public interface Value {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** UTF-8 bytes of a value. */
    public static byte[] bytes(Value value) {
        // Neither may be closed before the other has handed over what it holds: the generator flushes, the builder
        // keeps.
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(REPLY_BYTES_USUAL)) {
            try (JsonGenerator json = STORED.createGenerator(bytes, JsonEncoding.UTF8)) {
                value.writeTo(json);
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Text of a value. */
    public static String string(Value value) {
        return new String(bytes(value), StandardCharsets.UTF_8);
    }

    /**
     * Text of a plain value: map, list, string, number, boolean or null.
     *
     * @throws IllegalArgumentException if the value, or a part of it, is anything else
     */
    public static String plain(@Nullable Object value) {
        return string(json -> PlainJson.write(json, value));
    }

    private static JsonFactory factory(StreamReadConstraints constraints) {
        return JsonFactory.builder()
                .streamReadConstraints(constraints)
                // Field names come from users; interning them would fill a table of the whole JVM.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                .build();
    }

    private JsonText() {}
}
