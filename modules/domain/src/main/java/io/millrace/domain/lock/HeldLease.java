package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import org.jspecify.annotations.Nullable;

/**
 * A lease as it is stored.
 *
 * @param token fencing token, unique and rising in the channel
 * @param level declared level, absent if none was
 * @param ttlMillis how long it lasts unless it is renewed; after a takeover of the channel it begins anew
 * @param grantedAtMillis wall-clock time of the grant, for people
 * @param incarnation of the channel at the time of the grant, or when the attempt that holds it was taken over
 * @param node node that granted it, or took the attempt over
 * @param requestKey key of the request, absent if it had none
 */
public record HeldLease(
        LockName lock,
        Owner owner,
        long token,
        @Nullable Integer level,
        long ttlMillis,
        long grantedAtMillis,
        long incarnation,
        String node,
        @Nullable String requestKey) {

    /** The same lease in a later life of the channel, which has taken over the attempt that holds it. */
    public HeldLease adopted(long newIncarnation, String newNode) {
        return new HeldLease(
                lock, owner, token, level, ttlMillis, grantedAtMillis, newIncarnation, newNode, requestKey);
    }
}
