package io.millrace.contracts.cleanup;

import java.util.List;

/**
 * What a task depends on, directly and through others, and what is wrong with that (contract row C-08).
 *
 * @param valid false if any of the lists behind {@code edges} has an entry
 * @param order in which the tasks may run, those of other channels included; the task itself is the last. Empty if there
 *     is a circle
 * @param edges every dependency that was looked at
 * @param missing dependencies that do not exist
 * @param failed tasks whose latest execution has failed
 * @param cycles each circle once, as the tasks on it; a task that depends on itself is a circle of one
 * @param forbiddenCrossChannel dependencies on tasks of other channels that do not allow them
 */
public record DependencyReport(
        boolean valid,
        List<CleanupReference> order,
        List<Edge> edges,
        List<Edge> missing,
        List<CleanupReference> failed,
        List<List<CleanupReference>> cycles,
        List<Edge> forbiddenCrossChannel) {
    public DependencyReport {
        order = List.copyOf(order);
        edges = List.copyOf(edges);
        missing = List.copyOf(missing);
        failed = List.copyOf(failed);
        cycles = List.copyOf(cycles);
        forbiddenCrossChannel = List.copyOf(forbiddenCrossChannel);
    }

    /** {@code task} depends on {@code dependency}. */
    public record Edge(CleanupReference task, CleanupReference dependency) {
        @Override
        public String toString() {
            return task + " → " + dependency;
        }
    }
}
