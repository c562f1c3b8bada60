package io.millrace.contracts.cleanup;

import io.millrace.contracts.ChannelName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of cleaning up, as its user described it (HTTP contract, section 6; contract row C-02).
 *
 * @param name unique in the channel, or among the tasks of one job
 * @param dependsOn tasks that must have completed before it starts, at most 32. A task of another channel is waited for and
 *     never started from here
 * @param timeout longest time for the action and its check together, repetitions included, and again for the undo; absent
 *     for 30 seconds, at most one hour
 * @param action what cleans up
 * @param check how to know that it is clean, absent if the success of the action says so
 * @param undo how to take it back, absent if that cannot be done. For a release of resources or locks it is built in
 * @param isRepeatable true if the action may run again after a crash or a failed check. False runs it at most once: if
 *     its outcome is unknown, it has failed
 * @param dependents other channels whose tasks may depend on it; empty for any
 */
public record CleanupTask(
        CleanupName name,
        List<CleanupReference> dependsOn,
        @Nullable Duration timeout,
        CleanupAction action,
        @Nullable CleanupAction check,
        @Nullable CleanupAction undo,
        boolean isRepeatable,
        List<ChannelName> dependents) {
    public CleanupTask {
        dependsOn = List.copyOf(dependsOn);
        dependents = List.copyOf(dependents);
    }

    /** True if what it does can be taken back. */
    public boolean isReversible() {
        return undo != null
                || action instanceof CleanupAction.Release(var scope)
                        && (scope == ReleaseScope.RESOURCES || scope == ReleaseScope.LOCKS);
    }
}
