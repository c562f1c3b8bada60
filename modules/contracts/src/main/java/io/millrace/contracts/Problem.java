package io.millrace.contracts;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An expected failure as a value: the one error object of every face of Millrace (HTTP contract, section 1).
 *
 * @param code stable code
 * @param component the part that refused, for example {@code ResourceManager}
 * @param detail what happened, why, and what to do next; never internals
 * @param context observed values and limits, by name; values are strings, numbers or booleans
 * @param violations the fields that are wrong, empty unless the request was
 * @param retryAfter when trying again makes sense, absent when it does not
 */
public record Problem(
        ErrorCode code,
        String component,
        String detail,
        Map<String, Object> context,
        List<Violation> violations,
        @Nullable Duration retryAfter) {

    public Problem {
        context = context == null ? Map.of() : Map.copyOf(context);
        violations = violations == null ? List.of() : List.copyOf(violations);
    }

    public static Problem of(ErrorCode code, String component, String detail) {
        return new Problem(code, component, detail, Map.of(), List.of(), null);
    }

    public static Problem of(ErrorCode code, String component, String detail, Map<String, Object> context) {
        return new Problem(code, component, detail, context, List.of(), null);
    }

    /** A request whose fields are wrong; answered with status 422. */
    public static Problem invalid(String component, String detail, List<Violation> violations) {
        return new Problem(ErrorCode.INVALID_ARGUMENT, component, detail, Map.of(), violations, null);
    }

    /** The same problem with the time after which a caller should try again. */
    public Problem retryAfter(Duration delay) {
        return new Problem(code, component, detail, context, violations, delay);
    }

    public MillraceException asException() {
        return new MillraceException(this);
    }

    /** True where the same request may succeed later. */
    public boolean isTemporary() {
        return code.isTemporary();
    }
}
