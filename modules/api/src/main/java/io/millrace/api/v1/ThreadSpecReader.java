package io.millrace.api.v1;

import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.thread.ThreadSpec;
import java.util.List;
import java.util.Map;

/**
 * Reads requests about threads (HTTP contract, section 4).
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class ThreadSpecReader {
    private static final List<String> FIELDS = List.of("handler", "input", "priority", "stackSize", "affinity");
    private static final Map<String, ThreadPriority> PRIORITIES = Map.of(
            "system", ThreadPriority.SYSTEM,
            "processing", ThreadPriority.PROCESSING,
            "monitoring", ThreadPriority.MONITORING);

    private ThreadSpecReader() {}

    /** The thread to create. */
    public static ThreadSpec read(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            ThreadSpec thread = readThread(in);
            in.requireEnd();
            in.requireValid();
            return thread;
        }
    }

    private static ThreadSpec readThread(JsonInput in) {
        if (!in.nextRootValue() || !in.isObject("")) {
            throw in.wrongType("", "must be a JSON object");
        }
        String handler = null;
        Object input = null;
        ThreadPriority priority = null;
        Long stackBytes = null;
        List<Integer> affinity = List.of();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "handler" -> handler = FieldRules.name(in, name);
                case "input" -> input = in.plainValue(name);
                case "priority" -> priority = in.oneOf(name, PRIORITIES);
                case "stackSize" ->
                    stackBytes = in.size(name, RequestLimits.STACK_BYTES_MIN, RequestLimits.STACK_BYTES_MAX);
                case "affinity" -> affinity = FieldRules.processors(in, name);
                default -> in.unknownField("", name, FIELDS);
            }
        }
        if (handler == null || handler.isBlank()) {
            in.violation("handler", "must name a handler");
            handler = "";
        }
        return new ThreadSpec(
                handler, input, priority == null ? ThreadPriority.PROCESSING : priority, stackBytes, affinity);
    }
}
