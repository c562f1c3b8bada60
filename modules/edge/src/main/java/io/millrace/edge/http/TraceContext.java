package io.millrace.edge.http;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code traceparent} header (W3C Trace Context, version 00). It is passed on to the work of a job as it came:
 * Millrace makes no spans of its own.
 */
final class TraceContext {
    private static final Pattern TRACEPARENT =
            Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceContext() {}

    /** The trace a request belongs to, null for none. As the standard asks, a header that is not valid counts as absent. */
    static @Nullable String parent(@Nullable String header) {
        return header != null && TRACEPARENT.matcher(header).matches() ? header : null;
    }
}
