package io.millrace.domain.process.history;

import java.util.function.Supplier;

/** Something that must hold in every history did not. */
final class BrokenPromise extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenPromise(String message) {
        super(message);
    }

    static void unless(boolean holds, Supplier<String> what) {
        if (!holds) {
            throw new BrokenPromise(what.get());
        }
    }
}
