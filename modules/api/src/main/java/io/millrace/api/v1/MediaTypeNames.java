package io.millrace.api.v1;

/** Media types of requests and replies. */
public final class MediaTypeNames {
    public static final String JSON = "application/json";

    /** Errors, RFC 9457. */
    public static final String PROBLEM = "application/problem+json";

    /** One JSON value per line. */
    public static final String NDJSON = "application/x-ndjson";

    /** Server-sent events. */
    public static final String EVENT_STREAM = "text/event-stream";

    /** Bare log lines. */
    public static final String TEXT = "text/plain";

    private MediaTypeNames() {}
}
