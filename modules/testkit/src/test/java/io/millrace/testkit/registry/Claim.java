package io.millrace.testkit.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One {@code @Proves} mark, for one row.
 *
 * @param row id of the row, as written in the mark
 * @param origin who makes the claim
 * @param module name of the module
 * @param className binary name of the concrete class; of the declaring one if no concrete class inherits the mark
 * @param method the marked method; null if the class is marked, which stands for all tests in it
 * @param compiled when the class was compiled; an older report says nothing about it
 */
record Claim(
        String row,
        Origin origin,
        String module,
        String className,
        @Nullable String method,
        Instant compiled) {

    /** What carries the mark. */
    enum Origin {
        /** Test code; its outcome is in the reports of the build. */
        TEST,
        /** Code of the benchmark harness, which judges its own measurements when it is run. */
        BENCHMARK
    }

    /** The place of the mark as people write it, for example {@code LimitsTest#capIsHeld}. */
    String place() {
        String simpleName = className.substring(className.lastIndexOf('.') + 1);
        return method == null ? simpleName : simpleName + "#" + method;
    }
}
