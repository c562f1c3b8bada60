package io.millrace.edge.http;

import io.millrace.api.v1.DurationText;
import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.NearName;
import io.millrace.api.v1.RequestLimits;
import io.millrace.api.v1.TimeText;
import io.millrace.contracts.Violation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a request. A parameter the operation does not take is refused with status 400, as is a value
 * that is not of the right form; a value out of range with 422.
 */
public final class Query {
    private static final Query NONE = new Query(Map.of());

    private final Map<String, List<String>> values;

    private Query(Map<String, List<String>> values) {
        this.values = values;
    }

    /**
     * Reads a query string.
     *
     * @param raw as it was sent, without the question mark
     * @param known the parameters the operation takes
     */
    public static Query parse(String raw, Set<String> known) {
        if (raw.isEmpty()) {
            return NONE;
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                if (!known.contains(name)) {
                    throw unknown(name, known);
                }
                values.computeIfAbsent(name, _ -> new ArrayList<>(1))
                        .add(equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
        return new Query(values);
    }

    /** The value of a parameter that may be given once; null if it is not given. */
    public @Nullable String text(String name) {
        List<String> all = values.get(name);
        if (all == null) {
            return null;
        }
        if (all.size() > 1) {
            throw HttpProblem.malformed(name, "must be given once").asException();
        }
        return all.getFirst();
    }

    /** The values of a parameter that may be repeated, or list several with commas between. */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (String value : values.getOrDefault(name, List.of())) {
            for (String part : value.split(",", -1)) {
                if (!part.isBlank()) {
                    texts.add(part.strip());
                }
            }
        }
        return texts;
    }

    /** The values of a parameter that may be repeated, each taken as it is. */
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /** A whole number between bounds. */
    public int number(String name, int min, int max, int otherwise) {
        String text = text(name);
        if (text == null) {
            return otherwise;
        }
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw HttpProblem.malformed(name, "must be a whole number").asException();
        }
        if (value < min || value > max) {
            throw invalid(name, "must be between " + min + " and " + max);
        }
        return (int) value;
    }

    /** {@code true} or {@code false}; given without a value it means true. */
    public boolean flag(String name, boolean otherwise) {
        String text = text(name);
        return switch (text) {
            case null -> otherwise;
            case "", "true" -> true;
            case "false" -> false;
            default ->
                throw HttpProblem.malformed(name, "must be true or false").asException();
        };
    }

    /** A duration, cut to {@code max}. */
    public Duration duration(String name, Duration max, Duration otherwise) {
        String text = text(name);
        if (text == null) {
            return otherwise;
        }
        Duration duration = DurationText.parse(text);
        if (duration == null) {
            throw invalid(name, DurationText.EXPECTED);
        }
        if (duration.isNegative()) {
            throw invalid(name, "must not be negative");
        }
        return duration.compareTo(max) > 0 ? max : duration;
    }

    /** A time; null if it is not given. */
    public @Nullable Instant time(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        Instant time = TimeText.parse(text);
        if (time == null) {
            throw invalid(name, TimeText.EXPECTED);
        }
        return time;
    }

    /** One of the given names, as the value it stands for. */
    public static <T> T oneOf(String name, String text, Map<String, T> known) {
        T value = known.get(text);
        if (value == null) {
            throw invalid(
                    name,
                    "must be one of "
                            + String.join(", ", known.keySet().stream().sorted().toList()));
        }
        return value;
    }

    /** Items per page. */
    public int pageSize() {
        return number("pageSize", 1, RequestLimits.PAGE_SIZE_MAX, RequestLimits.PAGE_SIZE_DEFAULT);
    }

    public @Nullable String pageToken() {
        String token = text("pageToken");
        return token == null || token.isEmpty() ? null : token;
    }

    /** A value that is of the right form and not acceptable: status 422. */
    public static RuntimeException invalid(String name, String message) {
        return HttpProblem.invalid(List.of(new Violation(name, message))).asException();
    }

    private static RuntimeException unknown(String name, Set<String> known) {
        String taken = known.isEmpty()
                ? "takes no query parameters"
                : "takes the query parameters "
                        + String.join(", ", known.stream().sorted().toList());
        return HttpProblem.malformed(name, "is not known: this operation " + taken + NearName.hint(name, known))
                .asException();
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw HttpProblem.malformed("The query string is not valid: " + e.getMessage() + ".")
                    .asException();
        }
    }
}
