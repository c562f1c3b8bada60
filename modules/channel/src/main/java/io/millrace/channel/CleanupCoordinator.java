package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.RemoteTask;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Looks at cleanup tasks over all channels of the cluster (contract rows C-01 and C-34), for a channel whose tasks depend
 * on those of others. It asks and never commands: no channel starts anything in another one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public final class CleanupCoordinator {
    private final Describer describer;

    /** The way to one other channel. */
    @FunctionalInterface
    public interface Describer {
        /**
         * What a channel tells of some of its tasks.
         *
         * @return those of them that exist; fails with {@link MillraceException}, {@code NOT_FOUND} for a channel that
         *     does not exist
         */
        CompletionStage<Map<CleanupName, RemoteTask>> describe(ChannelName channel, Set<CleanupName> tasks);
    }

    public CleanupCoordinator(Describer describer) {
        this.describer = describer;
    }

    /**
     * Tasks of other channels as they are now.
     *
     * @param tasks each with its channel
     * @return those that exist, also where a channel does not; fails with {@link MillraceException} if a channel cannot be
     *     asked
     */
    public CompletionStage<Map<CleanupReference, RemoteTask>> look(Collection<CleanupReference> tasks) {
        Map<ChannelName, Set<CleanupName>> byChannel = new HashMap<>();
        for (CleanupReference task : tasks) {
            ChannelName channel = task.channel();
            if (channel != null) {
                byChannel.computeIfAbsent(channel, _ -> new HashSet<>()).add(task.task());
            }
        }
        CompletionStage<Map<CleanupReference, RemoteTask>> all = CompletableFuture.completedStage(Map.of());
        for (var entry : byChannel.entrySet()) {
            all = all.thenCombine(look(entry.getKey(), entry.getValue()), CleanupCoordinator::union);
        }
        return all;
    }

    private CompletionStage<Map<CleanupReference, RemoteTask>> look(ChannelName channel, Set<CleanupName> tasks) {
        return describer
                .describe(channel, tasks)
                .exceptionallyCompose(failure -> isNotFound(failure)
                        ? CompletableFuture.completedStage(Map.of())
                        : CompletableFuture.failedStage(failure))
                .thenApply(found -> {
                    Map<CleanupReference, RemoteTask> named = new HashMap<>();
                    found.forEach((name, task) -> named.put(new CleanupReference(channel, name), task));
                    return named;
                });
    }

    private static boolean isNotFound(Throwable failure) {
        return ChannelCalls.unwrapped(failure) instanceof MillraceException expected
                && expected.problem().code() == ErrorCode.NOT_FOUND;
    }

    private static Map<CleanupReference, RemoteTask> union(
            Map<CleanupReference, RemoteTask> one, Map<CleanupReference, RemoteTask> other) {
        Map<CleanupReference, RemoteTask> both = new HashMap<>(one);
        both.putAll(other);
        return both;
    }

    /**
     * Tasks of other channels that these need, directly and through others.
     *
     * @param own channel that asks; where the way leads back into it, it ends
     * @return as {@link #look}; fails with {@code RESOURCE_LIMIT} beyond {@link Limits#CLEANUP_GRAPH_MAX}
     */
    public CompletionStage<Map<CleanupReference, RemoteTask>> walk(
            ChannelName own, Collection<CleanupReference> tasks) {
        return walk(own, Set.copyOf(tasks), Map.of(), Set.of());
    }

    private CompletionStage<Map<CleanupReference, RemoteTask>> walk(
            ChannelName own,
            Set<CleanupReference> next,
            Map<CleanupReference, RemoteTask> known,
            Set<CleanupReference> asked) {
        if (next.isEmpty()) {
            return CompletableFuture.completedStage(known);
        }
        Set<CleanupReference> askedNow = new HashSet<>(asked);
        askedNow.addAll(next);
        if (askedNow.size() > Limits.CLEANUP_GRAPH_MAX) {
            return CompletableFuture.failedStage(tooLarge().asException());
        }
        return look(next).thenCompose(found -> {
            Set<CleanupReference> further = new HashSet<>();
            found.forEach((task, description) -> dependenciesOf(task, description).stream()
                    .map(each -> each.within(own))
                    .filter(each -> !each.isLocal() && !askedNow.contains(each))
                    .forEach(further::add));
            return walk(own, further, union(known, found), askedNow);
        });
    }

    private static List<CleanupReference> dependenciesOf(CleanupReference task, RemoteTask description) {
        List<CleanupReference> absolute = new ArrayList<>();
        for (CleanupReference each : description.dependsOn()) {
            absolute.add(each.isLocal() ? new CleanupReference(task.channel(), each.task()) : each);
        }
        return absolute;
    }

    private static Problem tooLarge() {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                "CleanupManager",
                "The task depends on more than " + Limits.CLEANUP_GRAPH_MAX
                        + " tasks of other channels, which is the most that is looked at. Nothing was executed. Let it "
                        + "depend on fewer.",
                Map.of("limit", Limits.CLEANUP_GRAPH_MAX));
    }
}
