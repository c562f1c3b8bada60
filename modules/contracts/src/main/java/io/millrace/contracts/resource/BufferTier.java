package io.millrace.contracts.resource;

import java.util.Locale;
import java.util.Optional;

/** Sizes in which buffers are handed out (contract rows ). */
public enum BufferTier {
    SMALL(4 << 10),
    MEDIUM(64 << 10),
    LARGE(1 << 20);

    private final int bytes;

    BufferTier(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one buffer. */
    public int bytes() {
        return bytes;
    }

    /** The smallest tier whose buffers have at least {@code bytes}; empty if none is large enough. */
    public static Optional<BufferTier> of(long bytes) {
        for (BufferTier tier : values()) {
            if (bytes <= tier.bytes) {
                return Optional.of(tier);
            }
        }
        return Optional.empty();
    }

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
