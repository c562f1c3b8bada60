package io.millrace.domain.channel.simulation;

import java.util.function.Supplier;

/** A run broke a promise; the message says which and how. */
final class BrokenPromise extends AssertionError {
    private static final long serialVersionUID = 1L;

    BrokenPromise(String message) {
        super(message);
    }

    /** @param breach says what is wrong; asked only if something is */
    static void unless(boolean isKept, Supplier<String> breach) {
        if (!isKept) {
            throw new BrokenPromise(breach.get());
        }
    }
}
