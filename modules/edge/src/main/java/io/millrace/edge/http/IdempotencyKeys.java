package io.millrace.edge.http;

import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.Channels.IdempotencyKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.jspecify.annotations.Nullable;

/** The {@code Idempotency-Key} header of requests that create. */
final class IdempotencyKeys {
    /** Tells the client that an earlier request with its key was answered again. */
    static final HttpHeader REPLAYED = RawHeader.create("Idempotency-Replayed", "true");

    private IdempotencyKeys() {}

    /**
     * The key of a request, null if it has none.
     *
     * @param operation part of what is hashed, so that one key cannot stand for two operations
     */
    static @Nullable IdempotencyKey of(Exchange exchange, String operation, byte[] body) {
        String key = exchange.header("Idempotency-Key");
        if (key == null) {
            return null;
        }
        if (key.isEmpty() || key.length() > RequestLimits.IDEMPOTENCY_KEY_CHARS_MAX || !isVisibleAscii(key)) {
            throw Query.invalid(
                    "Idempotency-Key",
                    "must have 1 to " + RequestLimits.IDEMPOTENCY_KEY_CHARS_MAX + " visible ASCII characters");
        }
        return new IdempotencyKey(key, hash(operation, body));
    }

    private static boolean isVisibleAscii(String key) {
        return key.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private static String hash(String operation, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(operation.getBytes(StandardCharsets.US_ASCII));
            digest.update((byte) 0);
            return HexFormat.of().formatHex(digest.digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
