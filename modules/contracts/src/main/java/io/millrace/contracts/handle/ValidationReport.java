package io.millrace.contracts.handle;

import java.time.Instant;
import java.util.List;

/**
 * Result of checking a handle against every boundary.
 *
 * @param subject identifier of the thing that was checked
 * @param violations in the order of {@link SecurityBoundary}, empty if all boundaries hold
 */
public record ValidationReport(String subject, Instant checkedAt, List<BoundaryViolation> violations) {
    public ValidationReport {
        violations = List.copyOf(violations);
    }

    /** True if every boundary holds. */
    public boolean passed() {
        return violations.isEmpty();
    }
}
