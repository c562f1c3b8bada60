package io.millrace.api.v1;

import io.millrace.contracts.cleanup.CleanupAction;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads HTTP calls that a cleanup makes. */
final class HttpActionReader {
    /** What is done to the URL unless the action says otherwise. */
    static final String METHOD_DEFAULT = "GET";

    private static final List<String> FIELDS = List.of("method", "url", "headers", "body", "expectStatus");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Set<String> SCHEMES = Set.of("http", "https");

    /** Say how a message is framed and passed on, which is the sender's own business. */
    private static final Set<String> FRAMING_HEADERS =
            Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

    /** A token of RFC 9110. */
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");

    private static final int STATUS_MIN = 100;
    private static final int STATUS_MAX = 599;

    /** The call at the current value; null if that is null. */
    static CleanupAction.@Nullable Http read(JsonInput in, String path) {
        if (!in.isObject(path)) {
            return null;
        }
        String method = METHOD_DEFAULT;
        String url = null;
        Map<String, String> headers = Map.of();
        String body = null;
        List<Integer> expectStatus = List.of();
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            String field = path + "." + name;
            switch (name) {
                case "method" -> method = readMethod(in, field);
                case "url" -> url = readUrl(in, field);
                case "headers" -> headers = readHeaders(in, field);
                case "body" -> body = in.text(field);
                case "expectStatus" -> expectStatus = readStatusCodes(in, field);
                default -> in.unknownField(path, name, FIELDS);
            }
        }
        in.requireGiven(path + ".url", url, "must be given: an absolute http or https URL");
        return new CleanupAction.Http(method, url == null ? "" : url, headers, body == null ? "" : body, expectStatus);
    }

    private static String readMethod(JsonInput in, String field) {
        String method = in.text(field);
        if (method == null) {
            return METHOD_DEFAULT;
        }
        if (!METHODS.contains(method)) {
            in.violation(
                    field,
                    "must be one of "
                            + String.join(", ", METHODS.stream().sorted().toList()));
        }
        return method;
    }

    private static @Nullable String readUrl(JsonInput in, String field) {
        String url = in.text(field);
        if (url != null && !isAcceptable(url)) {
            in.violation(field, "must be an absolute http or https URL with a host, without user name and password");
        }
        return url;
    }

    private static boolean isAcceptable(String url) {
        try {
            URI uri = new URI(url);
            return uri.getScheme() != null
                    && SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static Map<String, String> readHeaders(JsonInput in, String field) {
        Map<String, String> headers = in.strings(field, HttpActionReader::checkHeader);
        if (headers.size() > RequestLimits.HTTP_HEADERS_MAX) {
            in.violation(field, "must have at most " + RequestLimits.HTTP_HEADERS_MAX + " entries");
        }
        return headers;
    }

    private static void checkHeader(JsonInput in, String path, String name, String value) {
        if (!HEADER_NAME.matcher(name).matches()) {
            in.violation(path, "must have the name of a header");
        } else if (FRAMING_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            in.violation(path, "is set by the sender itself; leave it out");
        }
        if (value.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t')) {
            in.violation(path, "must not contain control characters");
        }
    }

    private static List<Integer> readStatusCodes(JsonInput in, String field) {
        List<Integer> codes = new ArrayList<>();
        if (!in.isArray(field)) {
            return codes;
        }
        while (in.nextElement()) {
            Long code = in.integer(field + "[" + codes.size() + "]", STATUS_MIN, STATUS_MAX);
            codes.add(code == null ? STATUS_MIN : code.intValue());
        }
        if (codes.size() > RequestLimits.HTTP_STATUS_CODES_MAX) {
            in.violation(field, "must have at most " + RequestLimits.HTTP_STATUS_CODES_MAX + " codes");
        }
        return codes;
    }

    private HttpActionReader() {}
}
