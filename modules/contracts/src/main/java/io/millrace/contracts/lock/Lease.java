package io.millrace.contracts.lock;

import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A granted lock.
 *
 * @param token fencing token: rises with every grant in the channel and survives failover. Hand it to whatever the lock
 *     protects, which refuses a token lower than one it has seen; without that check the lock is advisory, because a
 *     holder that was paused cannot know that its lease has ended
 * @param expiresAt when it ends unless it is renewed, on the clock of the node that granted it; absent for a lease that
 *     lasts as long as the attempt that holds it
 */
public record Lease(
        Handle handle,
        LockName lock,
        Owner owner,
        long token,
        @Nullable Instant expiresAt) {}
