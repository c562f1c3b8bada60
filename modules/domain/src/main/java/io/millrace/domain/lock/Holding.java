package io.millrace.domain.lock;

import io.millrace.contracts.lock.LockName;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A lease as its holder has it. */
final class Holding extends Timed {
    final HeldLease lease;

    final @Nullable Integer level;

    /** Locks that were held at the time of the grant and should have been taken later, with what is known of it. */
    final Map<LockName, String> inversions = new TreeMap<>();

    /** True while its holder can do nothing with it and its time does not end it. */
    boolean isWithheld;

    Holding(HeldLease lease, long endsNanos, long turn, @Nullable Integer level) {
        super(endsNanos, turn);
        this.lease = lease;
        this.level = level;
    }
}
