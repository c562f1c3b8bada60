package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Identifiers of the steps that act now: no release ends their processes, and no check takes them for left over. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ActingIds {
    private final Set<AttemptId> ids = ConcurrentHashMap.newKeySet();

    void add(AttemptId id) {
        ids.add(id);
    }

    void remove(AttemptId id) {
        ids.remove(id);
    }

    Set<AttemptId> all() {
        return Set.copyOf(ids);
    }

    boolean hasStep(JobId id) {
        return ids.stream().anyMatch(each -> each.job().equals(id));
    }
}
