package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import java.util.List;

/**
 * A cleanup task that is registered in the channel.
 *
 * @param dependsOn tasks that must have completed before; they need not exist yet
 * @param dependents other channels whose tasks may depend on it, empty for any
 * @param isRepeatable false if its action may be started once in an execution only
 * @param isReversible true if it can be taken back
 * @param task the whole task as UTF-8 JSON; opaque here. Not copied: nobody writes into it
 * @param registeredAtMillis wall-clock time in milliseconds since the epoch
 * @param incarnation of the channel at that time
 * @param node that owned the channel then
 */
public record RegisteredTask(
        CleanupName name,
        List<CleanupReference> dependsOn,
        List<ChannelName> dependents,
        boolean isRepeatable,
        boolean isReversible,
        byte[] task,
        long registeredAtMillis,
        long incarnation,
        String node) {
    public RegisteredTask {
        dependsOn = dependsOn == null ? List.of() : List.copyOf(dependsOn);
        dependents = dependents == null ? List.of() : List.copyOf(dependents);
    }

    static RegisteredTask of(CleanupChange.Registered change, long atMillis, long incarnation, String node) {
        return new RegisteredTask(
                change.name(),
                change.dependsOn(),
                change.dependents(),
                change.isRepeatable(),
                change.isReversible(),
                change.task(),
                atMillis,
                incarnation,
                node);
    }
}
