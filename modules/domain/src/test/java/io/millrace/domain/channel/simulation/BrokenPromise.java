package io.millrace.domain.channel.simulation;

import java.util.function.Supplier;

/** A run broke a promise; the message says which and how. */
public final class BrokenPromise extends AssertionError {
    private static final long serialVersionUID = 1L;

    public BrokenPromise(String message) {
        super(message);
    }

    /** @param breach says what is wrong; asked only if something is */
    public static void unless(boolean isKept, Supplier<String> breach) {
        if (!isKept) {
            throw new BrokenPromise(breach.get());
        }
    }
}
