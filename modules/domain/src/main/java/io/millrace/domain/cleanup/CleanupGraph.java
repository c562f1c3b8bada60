package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.DependencyReport.Edge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What cleanup tasks depend on. Those of other channels are taken as they are told; one that nobody told about counts as
 * existing and depending on nothing as long as none was told at all, and as missing otherwise.
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public final class CleanupGraph {
    /** A task of this channel, as far as it matters here. */
    private record Local(List<CleanupReference> dependsOn, List<ChannelName> dependents, CleanupStatus status) {}

    private final NavigableMap<CleanupName, Local> tasks;
    private final @Nullable ChannelName own;
    private final @Nullable Map<CleanupReference, RemoteTask> others;

    private CleanupGraph(
            NavigableMap<CleanupName, Local> tasks,
            @Nullable ChannelName own,
            @Nullable Map<CleanupReference, RemoteTask> others) {
        this.tasks = tasks;
        this.own = own;
        this.others = others;
    }

    /** Of the registered tasks of a channel as they are now. */
    public static CleanupGraph of(CleanupBook book) {
        NavigableMap<CleanupName, Local> tasks = new TreeMap<>();
        for (RegisteredTask task : book.tasks()) {
            tasks.put(task.name(), new Local(task.dependsOn(), task.dependents(), book.status(task.name())));
        }
        return new CleanupGraph(tasks, null, null);
    }

    /** Of the tasks that a job declares. */
    public static CleanupGraph of(Collection<CleanupTask> declared) {
        NavigableMap<CleanupName, Local> tasks = new TreeMap<>();
        for (CleanupTask task : declared) {
            tasks.put(task.name(), new Local(task.dependsOn(), task.dependents(), CleanupStatus.NOT_STARTED));
        }
        return new CleanupGraph(tasks, null, null);
    }

    /**
     * The same with what is known of other channels.
     *
     * @param channel the one whose tasks these are
     * @param known by channel and name; a task that is not in it does not exist
     */
    public CleanupGraph with(ChannelName channel, Map<CleanupReference, RemoteTask> known) {
        return new CleanupGraph(tasks, channel, Map.copyOf(known));
    }

    /**
     * Tasks of other channels that are reached and not known, in order.
     *
     * @param root a task, absent for all
     */
    public List<CleanupReference> unknown(@Nullable CleanupName root) {
        return reachable(root).keySet().stream()
                .filter(reference -> !reference.isLocal() && (others == null || !others.containsKey(reference)))
                .toList();
    }

    /**
     * What is wrong with what a task depends on, and in which order all of it may run.
     *
     * @param root a task, absent for all
     */
    public DependencyReport report(@Nullable CleanupName root) {
        NavigableMap<CleanupReference, NavigableSet<CleanupReference>> reached = reachable(root);
        List<Edge> edges = new ArrayList<>();
        List<Edge> missing = new ArrayList<>();
        List<Edge> forbidden = new ArrayList<>();
        reached.forEach((task, dependencies) -> dependencies.forEach(dependency -> {
            Edge edge = new Edge(task, dependency);
            edges.add(edge);
            if (!exists(dependency)) {
                missing.add(edge);
            } else if (!isAllowed(task, dependency)) {
                forbidden.add(edge);
            }
        }));
        List<CleanupReference> failed = reached.keySet().stream()
                .filter(task -> !isRoot(task, root) && hasFailed(task))
                .toList();
        reached.keySet().removeIf(task -> !exists(task));
        DependencyOrder<CleanupReference> order = new DependencyOrder<>(reached);
        List<List<CleanupReference>> cycles = order.circles();
        boolean isValid = missing.isEmpty() && failed.isEmpty() && cycles.isEmpty() && forbidden.isEmpty();
        return new DependencyReport(
                isValid, cycles.isEmpty() ? order.order() : List.of(), edges, missing, failed, cycles, forbidden);
    }

    /** The tasks of this channel that a task needs, itself the last; empty if there is a circle among them. */
    List<CleanupName> localOrder(@Nullable CleanupName root) {
        NavigableMap<CleanupName, List<CleanupName>> edges = new TreeMap<>();
        Deque<CleanupName> open = new ArrayDeque<>(root == null ? tasks.keySet() : List.of(root));
        while (!open.isEmpty()) {
            CleanupName name = open.remove();
            Local task = tasks.get(name);
            if (task != null && !edges.containsKey(name)) {
                List<CleanupName> dependencies = localNames(task.dependsOn());
                edges.put(name, dependencies);
                open.addAll(dependencies);
            }
        }
        List<CleanupName> order = new DependencyOrder<>(edges).order();
        return order.size() == edges.size() ? order : List.of();
    }

    static List<CleanupName> localNames(List<CleanupReference> references) {
        return references.stream()
                .filter(CleanupReference::isLocal)
                .map(CleanupReference::task)
                .toList();
    }

    private NavigableMap<CleanupReference, NavigableSet<CleanupReference>> reachable(@Nullable CleanupName root) {
        NavigableMap<CleanupReference, NavigableSet<CleanupReference>> reached = new TreeMap<>();
        Deque<CleanupReference> open = new ArrayDeque<>();
        if (root == null) {
            tasks.keySet().forEach(task -> open.add(CleanupReference.local(task)));
        } else {
            open.add(CleanupReference.local(root));
        }
        while (!open.isEmpty()) {
            CleanupReference task = open.remove();
            if (!reached.containsKey(task)) {
                NavigableSet<CleanupReference> dependencies = dependenciesOf(task);
                reached.put(task, dependencies);
                open.addAll(dependencies);
            }
        }
        return reached;
    }

    private NavigableSet<CleanupReference> dependenciesOf(CleanupReference task) {
        NavigableSet<CleanupReference> dependencies = new TreeSet<>();
        ChannelName channel = task.channel();
        if (channel == null) {
            Local local = tasks.get(task.task());
            if (local != null) {
                local.dependsOn().forEach(each -> dependencies.add(fromHere(each)));
            }
        } else {
            RemoteTask remote = others == null ? null : others.get(task);
            if (remote != null) {
                remote.dependsOn()
                        .forEach(each -> dependencies.add(
                                each.isLocal() ? new CleanupReference(channel, each.task()) : fromHere(each)));
            }
        }
        return dependencies;
    }

    private CleanupReference fromHere(CleanupReference reference) {
        return own == null ? reference : reference.within(own);
    }

    private boolean exists(CleanupReference task) {
        return task.isLocal() ? tasks.containsKey(task.task()) : others == null || others.containsKey(task);
    }

    private boolean hasFailed(CleanupReference task) {
        CleanupStatus status = CleanupStatus.NOT_STARTED;
        if (task.isLocal()) {
            Local local = tasks.get(task.task());
            status = local == null ? status : local.status();
        } else if (others != null) {
            RemoteTask remote = others.get(task);
            status = remote == null ? status : remote.status();
        }
        return switch (status) {
            case FAILED, COMPLETE_WITH_FAILURES, NEEDS_OPERATOR -> true;
            case NOT_STARTED, RUNNING, COMPLETE, ROLLED_BACK -> false;
        };
    }

    private boolean isAllowed(CleanupReference task, CleanupReference dependency) {
        ChannelName from = task.isLocal() ? own : task.channel();
        ChannelName to = dependency.isLocal() ? own : dependency.channel();
        if (from == null || from.equals(to)) {
            return true;
        }
        if (dependency.isLocal()) {
            Local local = tasks.get(dependency.task());
            return local == null
                    || local.dependents().isEmpty()
                    || local.dependents().contains(from);
        }
        RemoteTask remote = others == null ? null : others.get(dependency);
        return remote == null || remote.allows(from);
    }

    private static boolean isRoot(CleanupReference task, @Nullable CleanupName root) {
        return task.isLocal() && task.task().equals(root);
    }
}
