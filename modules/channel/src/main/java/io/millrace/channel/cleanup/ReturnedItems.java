package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.ReturnedItem.End;
import io.millrace.contracts.cleanup.ReturnedItem.Type;
import io.millrace.contracts.job.ResourceType;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.NotedResources;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says of what went back who had it, who saw to it on this node, and when. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ReturnedItems {
    private static final String PROCESSES = "ProcessManager";
    private static final String THREADS = "ThreadManager";
    private static final String LOCKS = "LockManager";
    private static final String RESOURCES = "ResourceManager";
    private static final String LOGS = "LogStore";
    private static final String DIRECTORIES = "CleanupManager";

    private final String node;
    private final Supplier<Moment> clock;

    ReturnedItems(String node, Supplier<Moment> clock) {
        this.node = node;
        this.clock = clock;
    }

    // Of an attempt

    /**
     * The process of an attempt.
     *
     * @param from node that had it; nobody else can ask there, but its lease is over
     */
    ReturnedItem process(AttemptId attempt, String from) {
        End end = from.equals(node) ? End.RETURNED : End.LEASE_OVER;
        return item(Type.PROCESS, 1, 1, List.of(attempt.toString()), from, end, PROCESSES, null);
    }

    /** The slot of an attempt that was cut off. */
    ReturnedItem slot(AttemptId attempt, String from) {
        return item(Type.THREAD, 1, 1, List.of(attempt.toString()), from, End.GONE_WITH_NODE, THREADS, null);
    }

    ReturnedItem directory(String path) {
        return item(Type.DIRECTORY, 1, 1, List.of(path), node, End.RETURNED, DIRECTORIES, null);
    }

    ReturnedItem lock(HeldLease lease, End end) {
        return item(Type.LOCK, 1, 1, List.of(lease.lock() + "-" + lease.token()), lease.node(), end, LOCKS, null);
    }

    List<ReturnedItem> resources(List<NotedResource> returned) {
        return returned.stream()
                .map(each -> resource(each, node, End.RETURNED, null))
                .toList();
    }

    /** What the ledger of another node, or of an earlier life of this one, had when that was noted last. */
    List<ReturnedItem> goneResources(NotedResources noted, String from) {
        Instant notedAt = Instant.ofEpochMilli(noted.atMillis());
        return noted.resources().stream()
                .map(each -> resource(each, from, End.GONE_WITH_NODE, notedAt))
                .toList();
    }

    private ReturnedItem resource(NotedResource resource, String from, End end, @Nullable Instant notedAt) {
        return item(
                typeOf(resource.type()),
                resource.count(),
                resource.amount(),
                resource.ids(),
                from,
                end,
                RESOURCES,
                notedAt);
    }

    private static Type typeOf(ResourceType resource) {
        return switch (resource) {
            case BUFFER -> Type.BUFFER;
            case MEMORY -> Type.MEMORY;
            case THREADS -> Type.SLOTS;
            case CHANNELS -> Type.CHANNELS;
            case FILES -> Type.FILES;
            case PROCESSES -> Type.PROCESSES;
        };
    }

    // Of a channel

    List<ReturnedItem> processes(long count) {
        return counted(Type.PROCESS, count, count, List.of(), PROCESSES);
    }

    List<ReturnedItem> threads(long count) {
        return counted(Type.THREAD, count, count, List.of(), THREADS);
    }

    /** @param ids of the first of them */
    List<ReturnedItem> locks(long count, List<String> ids) {
        return counted(Type.LOCK, count, count, ids, LOCKS);
    }

    List<ReturnedItem> output(long bytes) {
        return counted(Type.OUTPUT, Math.min(1, bytes), bytes, List.of(), LOGS);
    }

    private List<ReturnedItem> counted(Type type, long count, long amount, List<String> ids, String by) {
        return count == 0 ? List.of() : List.of(item(type, count, amount, ids, node, End.RETURNED, by, null));
    }

    private ReturnedItem item(
            Type type,
            long count,
            long amount,
            List<String> ids,
            String from,
            End end,
            String by,
            @Nullable Instant notedAt) {
        return new ReturnedItem(
                type, count, amount, ids, from, end, by, node, clock.get().instant(), notedAt);
    }
}
