package io.millrace.domain.lock;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Holds what is held now against the order in which locks may be taken (contract row T-11). */
final class OrderCheck {
    private OrderCheck() {}

    static boolean isViolated(Map<Owner, OwnerState> owners) {
        List<HierarchyReport.OrderViolation> violations = new ArrayList<>();
        owners.forEach((name, owner) -> addViolations(name, owner, violations));
        return !violations.isEmpty();
    }

    static HierarchyReport report(Collection<LockState> locks, Map<Owner, OwnerState> owners, LearntOrder learnt) {
        List<HierarchyReport.Holding> holdings = new ArrayList<>();
        List<HierarchyReport.OrderViolation> violations = new ArrayList<>();
        List<List<Owner>> circles = new ArrayList<>();
        owners.forEach((name, owner) -> {
            for (Holding holding : owner.holdings) {
                holdings.add(new HierarchyReport.Holding(name, holding.lease.lock(), holding.level));
            }
            addViolations(name, owner, violations);
            if (!owner.waits.isEmpty()) {
                List<LockGraph.Wait> circle = WaitSearch.circleThrough(name, owners);
                if (!circle.isEmpty()) {
                    circles.add(circle.stream().map(LockGraph.Wait::waiter).toList());
                }
            }
        });
        return new HierarchyReport(order(locks, learnt), holdings, violations, circles);
    }

    private static void addViolations(Owner name, OwnerState owner, List<HierarchyReport.OrderViolation> violations) {
        List<Holding> before = new ArrayList<>();
        for (Holding holding : owner.holdings) {
            String detail = violation(holding, before);
            if (detail != null) {
                violations.add(new HierarchyReport.OrderViolation(
                        name,
                        holding.lease.lock(),
                        holding.level,
                        before.stream()
                                .filter(held -> held.level != null)
                                .map(held -> Objects.requireNonNull(held.level))
                                .toList(),
                        before.stream().map(held -> held.lease.lock()).toList(),
                        detail));
            }
            before.add(holding);
        }
    }

    private static @Nullable String violation(Holding holding, List<Holding> before) {
        for (Holding held : before) {
            if (holding.level != null && held.level != null && holding.level <= held.level) {
                return "'" + holding.lease.owner() + "' took lock '" + holding.lease.lock() + "' of level "
                        + holding.level + " while it held lock '" + held.lease.lock() + "' of level " + held.level
                        + ". Locks are taken in rising levels.";
            }
            String inversion = holding.inversions.get(held.lease.lock());
            if (inversion != null) {
                return inversion;
            }
        }
        return null;
    }

    private static List<LockName> order(Collection<LockState> locks, LearntOrder learnt) {
        Map<LockName, LockState> byName = new TreeMap<>();
        locks.forEach(lock -> byName.put(lock.name, lock));
        return arranged(byName.keySet(), byName, learnt);
    }

    /** Those with a level in its order, then the others as learnt. */
    static List<LockName> arranged(Collection<LockName> names, Map<LockName, LockState> locks, LearntOrder learnt) {
        Map<LockName, Integer> levels = new TreeMap<>();
        for (LockName name : names) {
            LockState lock = locks.get(name);
            if (lock != null && lock.level != null) {
                levels.put(name, lock.level);
            }
        }
        List<LockName> arranged = new ArrayList<>(levels.keySet());
        arranged.sort(Comparator.comparing(levels::get));
        arranged.addAll(learnt.sorted(
                names.stream().filter(name -> !levels.containsKey(name)).toList()));
        return arranged;
    }
}
