package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockGraph;
import java.time.Instant;

/** A wish that waits its turn. */
final class Waiter extends Timed {
    final LockWish wish;
    final LockState lock;
    final long sinceMillis;

    Waiter(LockWish wish, LockState lock, long endsNanos, long turn, long sinceMillis) {
        super(endsNanos, turn);
        this.wish = wish;
        this.lock = lock;
        this.sinceMillis = sinceMillis;
    }

    /** That it waits for somebody who has the lock or gets it first. */
    LockGraph.Wait forHolder(Owner holder) {
        return new LockGraph.Wait(wish.owner(), lock.name, holder, Instant.ofEpochMilli(sinceMillis));
    }
}
