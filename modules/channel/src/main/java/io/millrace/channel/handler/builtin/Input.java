package io.millrace.channel.handler.builtin;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.handler.JobContext;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads fields of a handler's input. */
final class Input {
    private Input() {}

    /** A field of an input that is an object; null if it is absent. */
    static @Nullable Object field(JobContext context, String name) {
        return context.input() instanceof Map<?, ?> fields ? fields.get(name) : null;
    }

    static RuntimeException invalid(String handler, String field, String expected) {
        return Problem.invalid(
                        "Handler",
                        "The handler '" + handler + "' needs " + expected + " as input.",
                        List.of(new Violation("handler.input." + field, "must be as in " + expected)))
                .asException();
    }
}
