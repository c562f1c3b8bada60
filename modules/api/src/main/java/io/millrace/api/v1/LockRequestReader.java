package io.millrace.api.v1;

import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests about locks (HTTP contract, section 4).
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class LockRequestReader {
    private static final List<String> ACQUIRE_FIELDS = List.of("owner", "timeout", "ttl", "level");
    private static final List<String> LEASE_FIELDS = List.of("lease");

    private LockRequestReader() {}

    /**
     * A wish for a lock.
     *
     * @param owner name the caller gave its owner, absent for none
     */
    public record Wish(@Nullable String owner, LockRequest request) {}

    /** The wish in a request body; an empty body asks for all defaults. */
    public static Wish readWish(LockName lock, byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            if (!in.nextRootValue()) {
                return new Wish(null, new LockRequest(lock, null, null, null));
            }
            Wish wish = readWish(lock, in);
            in.requireEnd();
            in.requireValid();
            return wish;
        }
    }

    /** The lease in a request body. */
    public static Handle readLease(byte[] body) {
        String lease = null;
        try (JsonInput in = JsonInput.request(body)) {
            if (in.nextRootValue() && in.isObject("")) {
                for (String name = in.nextField(); name != null; name = in.nextField()) {
                    if (name.equals("lease")) {
                        lease = in.text(name);
                    } else {
                        in.unknownField("", name, LEASE_FIELDS);
                    }
                }
                in.requireEnd();
            }
            if (lease == null) {
                in.violation("lease", "must be given: the lease that acquiring the lock was answered with");
            }
            in.requireValid();
        }
        return HandleField.parse("lease", lease == null ? "" : lease);
    }

    private static Wish readWish(LockName lock, JsonInput in) {
        String owner = null;
        Duration timeout = null;
        Duration ttl = null;
        Long level = null;
        if (!in.isObject("")) {
            throw in.wrongType("", "must be a JSON object");
        }
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "owner" -> owner = FieldRules.owner(in, name);
                case "timeout" -> timeout = in.durationOrSeconds(name, Duration.ZERO, RequestLimits.LOCK_WAIT_MAX);
                case "ttl" ->
                    ttl = in.durationOrSeconds(name, RequestLimits.LEASE_TTL_MIN, RequestLimits.LEASE_TTL_MAX);
                case "level" -> level = in.integer(name, 0, RequestLimits.LOCK_LEVEL_MAX);
                default -> in.unknownField("", name, ACQUIRE_FIELDS);
            }
        }
        return new Wish(owner, new LockRequest(lock, timeout, ttl, level == null ? null : level.intValue()));
    }
}
