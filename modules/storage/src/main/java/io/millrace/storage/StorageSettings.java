package io.millrace.storage;

import java.time.Duration;

/**
 * How storage uses its database.
 *
 * @param poolSize connections of the read model and the logs together, 2 to 100; the journal has its own. One more
 *     caller waits {@code connectionTimeout}
 * @param connectionTimeout longest wait for a connection, at least 250 ms. Past it the call fails
 * @param statementTimeout longest run of one statement, 100 ms to 9 s: no commit may be later than readers of the
 *     journal wait for it, which is 10 s
 * @param isUnsafeDatabaseAllowed true to run on a database that may lose acknowledged work
 */
public record StorageSettings(
        int poolSize, Duration connectionTimeout, Duration statementTimeout, boolean isUnsafeDatabaseAllowed) {
    public static final StorageSettings DEFAULT =
            new StorageSettings(8, Duration.ofSeconds(5), Duration.ofSeconds(8), false);

    public StorageSettings {
        requireBetween("poolSize", poolSize, 2, 100);
        requireBetween("connectionTimeout (ms)", connectionTimeout.toMillis(), 250, 60_000);
        requireBetween("statementTimeout (ms)", statementTimeout.toMillis(), 100, 9_000);
    }

    private static void requireBetween(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + " and has to be " + min + " to " + max);
        }
    }
}
