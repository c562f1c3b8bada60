package io.millrace.api.v1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The OpenAPI 3.1 document of the HTTP contract: what this version offers, and nothing else. */
public final class OpenApi {
    private static final byte[] DOCUMENT = read();

    private OpenApi() {}

    /** UTF-8 JSON text. */
    public static byte[] document() {
        return DOCUMENT.clone();
    }

    private static byte[] read() {
        try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("openapi.json is not packaged with its class");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
