package io.millrace.contracts.lock;

import io.millrace.contracts.handle.Owner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the locks held now were taken in order (contract row T-11).
 *
 * @param order locks in the order in which they may be taken: by declared level, then as learnt
 * @param holdings what each owner holds, in the order it was granted
 * @param violations holdings that break the order
 * @param waitCycles circles of owners that wait for each other; each is broken as soon as it closes, so one that is shown
 *     is a defect
 */
public record HierarchyReport(
        List<LockName> order, List<Holding> holdings, List<OrderViolation> violations, List<List<Owner>> waitCycles) {
    public HierarchyReport {
        order = List.copyOf(order);
        holdings = List.copyOf(holdings);
        violations = List.copyOf(violations);
        waitCycles = List.copyOf(waitCycles);
    }

    /** True if nothing is out of order. */
    public boolean valid() {
        return violations.isEmpty() && waitCycles.isEmpty();
    }

    /** @param level declared level, absent if none was */
    public record Holding(
            Owner owner, LockName lock, @Nullable Integer level) {}

    /**
     * @param lock lock that was taken too late
     * @param heldLevels declared levels the owner held at that time, in the order of the grants
     * @param heldLocks the locks it held at that time
     * @param detail both locks, both owners and the order, for a person
     */
    public record OrderViolation(
            Owner owner,
            LockName lock,
            @Nullable Integer level,
            List<Integer> heldLevels,
            List<LockName> heldLocks,
            String detail) {
        public OrderViolation {
            heldLevels = List.copyOf(heldLevels);
            heldLocks = List.copyOf(heldLocks);
        }
    }
}
