package io.millrace.channel.process;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Processes that channels of this node have left to their host, until their next life takes them over. Of more than {@link
 * HostLimits#ENDS_KEPT_MAX} the oldest are forgotten, as the host does: nobody takes them over then.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class LeftProcesses {
    private final Map<RunKey, ProcessRun> left = new ConcurrentHashMap<>();
    private final Queue<RunKey> oldestFirst = new ConcurrentLinkedQueue<>();

    void add(ProcessRun run) {
        if (left.put(run.key(), run) == null) {
            oldestFirst.add(run.key());
        }
        while (left.size() > HostLimits.ENDS_KEPT_MAX) {
            RunKey oldest = oldestFirst.poll();
            if (oldest == null) {
                return;
            }
            left.remove(oldest);
        }
    }

    /** Somebody looks after it again. Absent if no channel of this life of the node has left it. */
    @Nullable ProcessRun remove(RunKey run) {
        oldestFirst.remove(run);
        return left.remove(run);
    }

    Set<RunKey> keys() {
        return Set.copyOf(left.keySet());
    }
}
