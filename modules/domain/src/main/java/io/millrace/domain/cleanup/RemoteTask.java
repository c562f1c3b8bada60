package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import java.util.List;

/**
 * A task of another channel, as far as those need to know that depend on it.
 *
 * @param dependsOn as it was registered there: a reference without a channel means its own
 * @param dependents other channels whose tasks may depend on it, empty for any
 */
public record RemoteTask(List<CleanupReference> dependsOn, List<ChannelName> dependents, CleanupStatus status) {
    public RemoteTask {
        dependsOn = List.copyOf(dependsOn);
        dependents = List.copyOf(dependents);
    }

    /** True if tasks of that channel may depend on it. */
    public boolean allows(ChannelName channel) {
        return dependents.isEmpty() || dependents.contains(channel);
    }
}
