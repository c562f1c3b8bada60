package io.millrace.storage.embedded;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the private server runs.
 *
 * @param sharedBuffersMegabytes memory it keeps pages in, 16 to 16,384
 * @param connectionsMax clients at once, 10 to 1,000; one more is refused
 * @param startTimeout longest wait until it accepts clients, which includes its recovery after a crash
 * @param serverUser user it runs as when the node runs as root; absent for a user namespace, or {@code nobody} where
 *     that is forbidden. Without meaning when the node runs as another user
 * @param binaries directory its programs are unpacked into, absent for the user's cache, or for the data
 *     directory where the user has no writable home
 */
public record PrivateDatabaseSettings(
        int sharedBuffersMegabytes,
        int connectionsMax,
        Duration startTimeout,
        @Nullable String serverUser,
        @Nullable Path binaries) {
    public static final PrivateDatabaseSettings DEFAULT =
            new PrivateDatabaseSettings(128, 200, Duration.ofMinutes(2), null, null);

    public PrivateDatabaseSettings {
        requireBetween("sharedBuffersMegabytes", sharedBuffersMegabytes, 16, 16_384);
        requireBetween("connectionsMax", connectionsMax, 10, 1_000);
        requireBetween("startTimeout (s)", startTimeout.toSeconds(), 5, 3_600);
    }

    private static void requireBetween(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + " and has to be " + min + " to " + max);
        }
    }
}
