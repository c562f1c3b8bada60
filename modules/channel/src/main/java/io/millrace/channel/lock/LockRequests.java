package io.millrace.channel.lock;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.Limits;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockWish;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests for locks as their senders write them: checked, with defaults filled in, and answered. */
final class LockRequests {
    private static final String COMPONENT = "LockManager";

    private LockRequests() {}

    /** What is wrong with a request, all of it; null if nothing is. */
    static @Nullable Problem problemOf(Owner owner, LockRequest request) {
        List<Violation> violations = new ArrayList<>();
        if (owner.name().isBlank() || owner.name().length() > Limits.OWNER_CHARS_MAX) {
            violations.add(new Violation("owner", "must have 1 to " + Limits.OWNER_CHARS_MAX + " characters"));
        }
        between("timeout", request.timeout(), Duration.ZERO, Limits.LOCK_WAIT_MAX, violations);
        between("ttl", request.ttl(), Limits.LEASE_TTL_MIN, Limits.LEASE_TTL_MAX, violations);
        Integer level = request.level();
        if (level != null && (level < 0 || level > Limits.LOCK_LEVEL_MAX)) {
            violations.add(new Violation("level", "must be 0 to " + Limits.LOCK_LEVEL_MAX));
        }
        return violations.isEmpty()
                ? null
                : Problem.invalid(
                        COMPONENT,
                        "The request for lock '" + request.lock() + "' is not valid: "
                                + violations.getFirst().field() + " "
                                + violations.getFirst().message() + ".",
                        violations);
    }

    private static void between(
            String field, @Nullable Duration value, Duration min, Duration max, List<Violation> violations) {
        if (value != null && (value.compareTo(min) < 0 || value.compareTo(max) > 0)) {
            violations.add(new Violation(field, "must be " + min.toSeconds() + " s to " + max.toSeconds() + " s"));
        }
    }

    static LockWish wish(long number, LockManager.Acquire acquire) {
        LockRequest request = acquire.request();
        Duration timeout = request.timeout() == null ? Limits.LOCK_WAIT : request.timeout();
        Duration ttl = request.ttl() == null ? Limits.LEASE_TTL : request.ttl();
        return new LockWish(
                number,
                acquire.owner(),
                request.lock(),
                request.level(),
                ttl.toMillis(),
                timeout.toNanos(),
                acquire.requestKey());
    }

    static LockAnswer notGranted(LockName lock, @Nullable HeldLease holder) {
        return new LockAnswer.NotGranted(
                lock,
                holder == null ? null : holder.owner(),
                holder == null ? null : Instant.ofEpochMilli(holder.grantedAtMillis()));
    }

    static boolean isReleased(LockDecision decision, LockName lock, long token) {
        return decision.changes().stream()
                .anyMatch(change -> change instanceof LockChange.Released released
                        && released.reason() == LockChange.Reason.RELEASED
                        && released.lock().equals(lock)
                        && released.token() == token);
    }

    /** Those of the leases that a decision has ended because their attempt has. */
    static List<HeldLease> ended(LockDecision decision, List<HeldLease> leases) {
        return leases.stream()
                .filter(lease -> decision.changes()
                        .contains(new LockChange.Released(lease.lock(), lease.token(), LockChange.Reason.OWNER_ENDED)))
                .toList();
    }

    static Problem beingCleanedUp(HeldLease lease) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The lease '" + lease.lock() + "-" + lease.token() + "' of lock '" + lease.lock()
                        + "' is being cleaned up with its channel and cannot be renewed or released. Stop what the lock"
                        + " protects; if the cleanup is rolled back, the lease is valid again until its time is over.",
                Map.of("lock", lease.lock().value(), "holder", lease.owner().name()));
    }

    static Problem noLongerHeld(LockName lock, Handle handle, @Nullable HeldLease held) {
        return Problem.of(
                ErrorCode.CONCURRENCY,
                COMPONENT,
                "The lease '" + handle.id() + "' of lock '" + lock + "' has ended; "
                        + (held == null ? "the lock is free" : "the lock is held by '" + held.owner() + "' now")
                        + ". Stop what the lock protects, and acquire it again.",
                Map.of(
                        "lock",
                        lock.value(),
                        "holder",
                        held == null ? "" : held.owner().name()));
    }
}
