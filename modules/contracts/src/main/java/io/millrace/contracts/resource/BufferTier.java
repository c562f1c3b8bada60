package io.millrace.contracts.resource;

import java.util.Locale;
import java.util.Optional;

/**
 * The sizes buffers come in, smallest first (contract rows ). A buffer has the whole size of its tier, however
 * little of it was requested.
 */
public enum BufferTier {
    /** 4 KiB. */
    SMALL(4 << 10),
    /** 64 KiB. */
    MEDIUM(64 << 10),
    /** 1 MiB. */
    LARGE(1 << 20);

    private final int bytes;

    BufferTier(int bytes) {
        this.bytes = bytes;
    }

    /** Smallest tier that fits; empty for less than one byte and for more than the largest tier has. */
    public static Optional<BufferTier> of(long bytes) {
        if (bytes >= 1) {
            for (BufferTier tier : values()) {
                if (bytes <= tier.bytes) {
                    return Optional.of(tier);
                }
            }
        }
        return Optional.empty();
    }

    /** Size of each buffer of this tier. */
    public int bytes() {
        return bytes;
    }

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
