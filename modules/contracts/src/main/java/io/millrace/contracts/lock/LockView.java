package io.millrace.contracts.lock;

import io.millrace.contracts.handle.Owner;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lock that is held or waited for.
 *
 * @param level declared level, absent if none was
 * @param holder absent between two grants
 * @param token fencing token of the holder's lease, 0 without one
 * @param waiters in the order in which they will get it
 */
public record LockView(
        LockName lock,
        @Nullable Integer level,
        @Nullable Owner holder,
        long token,
        @Nullable Instant heldSince,
        @Nullable Instant expiresAt,
        List<Waiter> waiters) {
    public LockView {
        waiters = List.copyOf(waiters);
    }

    /** @param until when it gives up */
    public record Waiter(Owner owner, Instant since, Instant until) {}
}
