package io.millrace.api.v1;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes and reads problems (RFC 9457 with the fields of the HTTP contract, section 1). */
public final class ProblemJson {
    private static final String TYPE_PREFIX = "urn:millrace:problem:";

    private ProblemJson() {}

    /** The body of an error reply, media type {@value MediaTypeNames#PROBLEM}. */
    public static byte[] bytes(HttpProblem problem) {
        return JsonText.bytes(json -> {
            json.writeStartObject();
            writeFields(json, problem.problem(), problem.status());
            json.writeEndObject();
        });
    }

    /** A problem inside another value, for example the error of a job; it has no status. */
    public static void write(JsonGenerator json, Problem problem) throws IOException {
        json.writeStartObject();
        writeFields(json, problem, null);
        json.writeEndObject();
    }

    /** A problem as it is stored: what cannot be derived from its code. */
    static void writeStored(JsonGenerator json, Problem problem) throws IOException {
        json.writeStartObject();
        json.writeStringField("code", problem.code().name());
        json.writeStringField("component", problem.component());
        json.writeStringField("detail", problem.detail());
        if (!problem.context().isEmpty()) {
            writeContext(json, problem);
        }
        writeViolations(json, problem);
        if (problem.retryAfter() != null) {
            json.writeNumberField("retryAfterMillis", problem.retryAfter().toMillis());
        }
        json.writeEndObject();
    }

    static Problem readStored(byte[] text) {
        ErrorCode code = ErrorCode.INTERNAL;
        String component = "";
        String detail = "";
        Map<String, Object> context = Map.of();
        List<Violation> violations = List.of();
        Duration retryAfter = null;
        try (JsonInput in = JsonInput.stored(text)) {
            in.nextRootValue();
            for (String name = in.isObject("") ? in.nextField() : null; name != null; name = in.nextField()) {
                switch (name) {
                    case "code" -> code = code(in.text(name));
                    case "component" -> component = orEmpty(in.text(name));
                    case "detail" -> detail = orEmpty(in.text(name));
                    case "context" -> context = readContext(in);
                    case "violations" -> violations = readViolations(in);
                    case "retryAfterMillis" -> retryAfter = millis(in.integer(name, 0, Long.MAX_VALUE));
                    default -> in.skip();
                }
            }
        }
        return new Problem(code, component, detail, context, violations, retryAfter);
    }

    private static void writeFields(JsonGenerator json, Problem problem, @Nullable Integer status) throws IOException {
        ErrorCode code = problem.code();
        json.writeStringField(
                "type", TYPE_PREFIX + code.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        json.writeStringField("title", title(code));
        if (status != null) {
            json.writeNumberField("status", status);
        }
        json.writeStringField("detail", problem.detail());
        json.writeStringField("code", code.name());
        json.writeStringField("component", problem.component());
        json.writeBooleanField("temporary", problem.isTemporary());
        json.writeBooleanField("timeout", code == ErrorCode.TIMEOUT);
        writeContext(json, problem);
        writeViolations(json, problem);
    }

    private static void writeContext(JsonGenerator json, Problem problem) throws IOException {
        json.writeFieldName("context");
        PlainJson.write(json, new TreeMap<>(problem.context()));
    }

    private static void writeViolations(JsonGenerator json, Problem problem) throws IOException {
        if (problem.violations().isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("violations");
        for (Violation violation : problem.violations()) {
            json.writeStartObject();
            json.writeStringField("field", violation.field());
            json.writeStringField("message", violation.message());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static Map<String, Object> readContext(JsonInput in) {
        Map<String, Object> context = new HashMap<>();
        if (in.plainValue("context") instanceof Map<?, ?> map) {
            map.forEach((name, value) -> {
                if (value != null) {
                    context.put(String.valueOf(name), value);
                }
            });
        }
        return context;
    }

    private static List<Violation> readViolations(JsonInput in) {
        List<Violation> violations = new ArrayList<>();
        if (in.plainValue("violations") instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> map) {
                    violations.add(new Violation(String.valueOf(map.get("field")), String.valueOf(map.get("message"))));
                }
            }
        }
        return violations;
    }

    /** A code of a later version is shown as a defect rather than lost. */
    private static ErrorCode code(@Nullable String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable Duration millis(@Nullable Long millis) {
        return millis == null ? null : Duration.ofMillis(millis);
    }

    private static String title(ErrorCode code) {
        return switch (code) {
            case INVALID_ARGUMENT -> "The request is not valid";
            case UNAUTHENTICATED -> "Credentials are missing or not valid";
            case PERMISSION -> "This is not permitted";
            case NOT_FOUND -> "Not found";
            case ALREADY_EXISTS -> "It exists already";
            case INVALID_STATE -> "The state does not allow this";
            case RESOURCE_LIMIT -> "A limit is reached";
            case CONCURRENCY -> "Somebody else changed it or holds it";
            case NETWORK -> "A remote party could not be reached";
            case UNAVAILABLE -> "Not available now";
            case TIMEOUT -> "The time is up";
            case INTERNAL -> "Internal error";
        };
    }
}
