package io.millrace.api.v1;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Identifiers of incidents as text: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12. */
public final class UuidText {
    /** What is wrong with any other text. */
    public static final String EXPECTED = "must be an identifier such as 4f9d3c1e-0b5e-4b39-9d0f-6c1f2f0a7b11";

    private static final int LENGTH = 36;

    private UuidText() {}

    /** Null for text that is none; the JDK would take shorter groups, too. */
    public static @Nullable UUID parse(String text) {
        try {
            return text.length() == LENGTH ? UUID.fromString(text) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
