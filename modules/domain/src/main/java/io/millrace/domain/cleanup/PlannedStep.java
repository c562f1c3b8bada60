package io.millrace.domain.cleanup;

import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import java.util.List;

/**
 * A step of an execution as it was planned.
 *
 * @param dependsOn steps of the same execution that must have completed before
 * @param waitsFor tasks of other channels that must have completed before
 * @param isRepeatable false if its action may be started once only
 * @param isReversible true if it can be taken back
 * @param isDone true if it completed in the execution that this one goes on from, so that it is not started again
 */
public record PlannedStep(
        CleanupName name,
        List<CleanupName> dependsOn,
        List<CleanupReference> waitsFor,
        boolean isRepeatable,
        boolean isReversible,
        boolean isDone) {
    public PlannedStep {
        dependsOn = dependsOn == null ? List.of() : List.copyOf(dependsOn);
        waitsFor = waitsFor == null ? List.of() : List.copyOf(waitsFor);
    }
}
