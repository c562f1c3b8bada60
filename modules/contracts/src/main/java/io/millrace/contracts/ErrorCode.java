package io.millrace.contracts;

/**
 * What kind of thing went wrong, as a stable code that clients may branch on. The HTTP status of each code is fixed by
 * the HTTP contract, section 1.
 */
public enum ErrorCode {
    /** The request itself is wrong; sending it again unchanged cannot succeed. */
    INVALID_ARGUMENT(400, false),
    /** No valid credentials were presented. */
    UNAUTHENTICATED(401, false),
    /** The caller is known and may not do this. */
    PERMISSION(403, false),
    /** The named thing does not exist, or does not exist for this caller. */
    NOT_FOUND(404, false),
    /** The name is taken. */
    ALREADY_EXISTS(409, false),
    /** The thing exists but its state does not allow this now. */
    INVALID_STATE(409, false),
    /** A named limit is reached; what was asked was not done. */
    RESOURCE_LIMIT(429, true),
    /** Somebody else changed or holds it; a stale epoch or token falls here too. */
    CONCURRENCY(409, true),
    /** A remote party could not be reached. */
    NETWORK(502, true),
    /** The system cannot serve this now; whether it took effect is unknown unless the detail says so. */
    UNAVAILABLE(503, true),
    /** It did not end in time. */
    TIMEOUT(504, true),
    /** A defect of Millrace; the server log has the cause. */
    INTERNAL(500, false);

    private final int httpStatus;
    private final boolean temporary;

    ErrorCode(int httpStatus, boolean temporary) {
        this.httpStatus = httpStatus;
        this.temporary = temporary;
    }

    /** HTTP status that carries this code. */
    public int httpStatus() {
        return httpStatus;
    }

    /** True where the same request may succeed later without being changed. */
    public boolean isTemporary() {
        return temporary;
    }
}
