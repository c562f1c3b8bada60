package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What runs where, over all nodes. Each node is asked and given a bounded time; one that does not answer is named, so
 * that a missing item is never mistaken for an absent one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface Inspection {

    /** Workers that run an attempt now. */
    CompletionStage<ClusterList<ThreadView>> threads();

    /** What channels hold, by type. */
    CompletionStage<ClusterList<ResourceView>> resources();

    /** Operating system processes that run now. */
    CompletionStage<ClusterList<ProcessView>> processes();

    /** Cleanups that run now or ended lately. */
    CompletionStage<ClusterList<CleanupView>> cleanups();

    /** Locks that are held or waited for. */
    CompletionStage<ClusterList<LockUse>> locks();

    /**
     * @param items from every node that answered, at most 10,000
     * @param silentNodes nodes that did not answer in time
     */
    record ClusterList<T>(List<T> items, List<String> silentNodes) {
        public ClusterList {
            items = List.copyOf(items);
            silentNodes = List.copyOf(silentNodes);
        }
    }

    /**
     * @param name shows channel and slot, as in a thread dump
     * @param state {@code STARTING}, {@code RUNNING}, {@code TERMINATING} or {@code QUARANTINED}
     * @param job the job, or the identifier of a thread that was created by itself
     * @param attempt 0 for such a thread
     * @param handler absent for a process
     */
    record ThreadView(
            String node,
            ChannelName channel,
            String name,
            String state,
            JobKind kind,
            JobId job,
            int attempt,
            long epoch,
            ThreadPriority priority,
            @Nullable String handler,
            Instant since) {}

    /**
     * What one channel holds of one type. Amounts are bytes for buffers and memory, counts otherwise.
     *
     * @param holders who holds it, the longest-held first, at most {@value #RESOURCE_HOLDERS_MAX}
     * @param waiting who waits for it, the next to be served first, at most {@value #RESOURCE_HOLDERS_MAX}
     */
    record ResourceView(
            String node,
            ChannelName channel,
            ResourceType type,
            long limit,
            long inUse,
            long peak,
            int waiters,
            List<ResourceHolder> holders,
            List<ResourceWaiter> waiting) {
        public ResourceView {
            holders = List.copyOf(holders);
            waiting = List.copyOf(waiting);
        }

        /** The same with others named. */
        public ResourceView naming(List<ResourceHolder> named, List<ResourceWaiter> namedWaiting) {
            return new ResourceView(node, channel, type, limit, inUse, peak, waiters, named, namedWaiting);
        }
    }

    /** Holders, and waiters, of one type in one channel that are named; the others are only counted. */
    int RESOURCE_HOLDERS_MAX = 100;

    /**
     * @param owner for people
     * @param job job or thread of that owner, absent for an owner named by a caller
     * @param expiresAt absent if it has no time to live
     */
    record ResourceHolder(
            String id,
            String owner,
            @Nullable JobId job,
            long amount,
            ResourceState state,
            Instant since,
            @Nullable Instant expiresAt) {}

    /**
     * @param why what there is too little of, and who holds most of it; for people
     */
    record ResourceWaiter(String id, String owner, @Nullable JobId job, long amount, Instant since, String why) {}

    /**
     * @param job the job, or the service or command that is none
     * @param attempt of the job, or run of the service
     * @param isService true for a service or a command that is no job
     */
    record ProcessView(
            String node,
            ChannelName channel,
            JobId job,
            int attempt,
            boolean isService,
            long pid,
            String command,
            Instant startedAt) {}

    /**
     * What is returned behind an attempt, or an execution of cleanup tasks.
     *
     * @param job whose attempt it is about, absent for tasks of the channel; so is its epoch
     * @param run number of the execution of tasks within the channel, absent if there are none
     * @param root task that was asked for, absent if it was not one
     * @param status as of a {@link io.millrace.contracts.cleanup.CleanupStatus}
     * @param steps absent if there are no tasks
     * @param detail what was released, or what failed
     */
    record CleanupView(
            String node,
            ChannelName channel,
            @Nullable JobId job,
            @Nullable Long epoch,
            @Nullable Long run,
            @Nullable String root,
            String status,
            Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable CleanupSteps steps,
            String detail) {}

    /** How many steps an execution has, and what became of some of them. */
    record CleanupSteps(int total, int completed, int failed, int skipped) {}

    /**
     * A lock of a channel. Who waits for it is counted here and named by its channel.
     *
     * @param level declared level, absent if none was
     * @param owner who holds it, absent between two grants
     * @param job job or thread of that owner, absent for an owner named by a caller
     * @param token fencing token of its lease, 0 without one
     * @param expiresAt absent for a job's lock, which lasts as long as its attempt
     */
    record LockUse(
            String node,
            ChannelName channel,
            LockName lock,
            @Nullable Integer level,
            @Nullable String owner,
            @Nullable JobId job,
            long token,
            @Nullable Instant heldSince,
            @Nullable Instant expiresAt,
            int waiters) {

        public static LockUse of(String node, ChannelName channel, LockView lock) {
            Owner holder = lock.holder();
            return new LockUse(
                    node,
                    channel,
                    lock.lock(),
                    lock.level(),
                    holder == null ? null : holder.name(),
                    holder == null ? null : holder.job(),
                    lock.token(),
                    lock.heldSince(),
                    lock.expiresAt(),
                    lock.waiters().size());
        }
    }
}
