package io.millrace.contracts.thread;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A thread as its user sees it at one moment (HTTP contract, section 4).
 *
 * @param name as a thread dump shows it: {@code millrace-<channel>-worker-<slot>}; absent before it has a slot
 * @param kind what it runs; a process holds a slot and no thread of the virtual machine
 * @param handler name of the handler, absent for a process
 * @param job job whose attempt runs here, absent for a thread that was created by itself
 * @param attempt number of that attempt, 0 without one
 * @param stackBytes 0 for a process, and where the virtual machine's default is used
 * @param affinity processors it really runs on, as read back from the system; empty for all
 * @param createdAt when it was registered
 * @param startedAt when its work began, absent before
 * @param endedAt when it was gone, absent before
 * @param outcome {@code SUCCEEDED}, {@code FAILED} or {@code CANCELLED}, absent before the end
 * @param resultJson what the handler returned as JSON text, absent if nothing
 * @param error why it failed, absent unless it did
 * @param conditions what it waits for, and settings that could not be applied
 */
public record ThreadView(
        Handle handle,
        @Nullable String name,
        ThreadState state,
        ThreadPriority priority,
        JobKind kind,
        @Nullable String handler,
        @Nullable JobId job,
        int attempt,
        long stackBytes,
        List<Integer> affinity,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String outcome,
        @Nullable String resultJson,
        @Nullable Problem error,
        List<Condition> conditions) {
    public ThreadView {
        affinity = List.copyOf(affinity);
        conditions = List.copyOf(conditions);
    }
}
