package io.millrace.contracts.lock;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A wish for a lock.
 *
 * @param timeout longest wait, 0 to 5 min; absent for the default of 10 s. With 0 it is granted at once or not at all
 * @param ttl time after which the lease ends unless it is renewed, 1 s to 10 min; absent for the default of 30 s. A lease
 *     of an attempt lasts as long as the attempt; its time to live begins when the attempt's node is lost
 * @param level place in the order in which locks may be taken, 0 to 1,000,000; a request at or below a level the owner
 *     holds is refused at once. Absent if the lock takes part in no declared order
 */
public record LockRequest(
        LockName lock,
        @Nullable Duration timeout,
        @Nullable Duration ttl,
        @Nullable Integer level) {

    /** A lock with all defaults. */
    public static LockRequest of(String lock) {
        return new LockRequest(new LockName(lock), null, null, null);
    }
}
