package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A lock that is held or waited for. */
final class LockState {
    final LockName name;
    final List<Waiter> queue = new ArrayList<>();

    @Nullable Integer level;

    @Nullable Holding holding;

    LockState(LockName name) {
        this.name = name;
    }

    @Nullable HeldLease lease() {
        return holding == null ? null : holding.lease;
    }

    @Nullable Owner holder() {
        return holding == null ? null : holding.lease.owner();
    }

    boolean isUnused() {
        return holding == null && queue.isEmpty();
    }
}
