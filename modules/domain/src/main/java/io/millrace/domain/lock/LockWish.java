package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import org.jspecify.annotations.Nullable;

/**
 * Somebody wants a lock.
 *
 * @param number chosen by the caller; a later wish has a higher one
 * @param level declared level, absent if none
 * @param ttlMillis time to live of the lease
 * @param waitNanos longest wait; 0 for none
 * @param requestKey names the wish to its sender, absent if it need not be recognised
 */
public record LockWish(
        long number,
        Owner owner,
        LockName lock,
        @Nullable Integer level,
        long ttlMillis,
        long waitNanos,
        @Nullable String requestKey) {}
