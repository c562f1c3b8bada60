package io.millrace.api.v1;

import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the tasks that clean up behind a job (HTTP contract, section 3). They depend on one another only, and nothing else
 * is ever registered beside them, so what would make them impossible to execute is refused when the job is submitted.
 */
final class JobCleanupReader {
    private final JsonInput in;
    private final String path;
    private final List<CleanupTask> tasks = new ArrayList<>();
    private final Map<CleanupName, Integer> indexes = new HashMap<>();
    /** Tasks from which no circle can be reached. */
    private final Set<CleanupName> sound = new LinkedHashSet<>();

    private JobCleanupReader(JsonInput in, String path) {
        this.in = in;
        this.path = path;
    }

    /** The tasks in the array at the current value. */
    static List<CleanupTask> read(JsonInput in, String path) {
        return in.isArray(path) ? new JobCleanupReader(in, path).read() : List.of();
    }

    private List<CleanupTask> read() {
        int violations = in.violationCount();
        while (in.nextElement()) {
            readTask();
        }
        if (tasks.size() > RequestLimits.CLEANUP_TASKS_PER_JOB_MAX) {
            in.violation(path, "must have at most " + RequestLimits.CLEANUP_TASKS_PER_JOB_MAX + " tasks");
        }
        if (in.violationCount() == violations && !in.isStored()) {
            checkTogether();
        }
        return tasks;
    }

    private void readTask() {
        String element = element(tasks.size());
        if (!in.isObject(element)) {
            throw in.wrongType(element, "must be a JSON object");
        }
        tasks.add(CleanupTaskReader.read(in, element, CleanupTaskReader.Place.JOB));
    }

    private void checkTogether() {
        for (int i = 0; i < tasks.size(); i++) {
            CleanupTask task = tasks.get(i);
            Integer earlier = indexes.putIfAbsent(task.name(), i);
            if (earlier != null) {
                in.violation(element(i) + ".name", "must be unique; " + element(earlier) + " has it already");
            }
        }
        for (int i = 0; i < tasks.size(); i++) {
            checkDependencies(tasks.get(i), element(i));
        }
        for (CleanupTask task : tasks) {
            checkCircles(task, new LinkedHashSet<>());
        }
    }

    private void checkDependencies(CleanupTask task, String element) {
        for (int j = 0; j < task.dependsOn().size(); j++) {
            CleanupReference dependency = task.dependsOn().get(j);
            String edge = task.name() + " → " + dependency;
            if (!dependency.isLocal()) {
                in.violation(
                        dependencyField(element, j),
                        "must name a task of this job, so that " + edge + " is not possible; what waits for other"
                                + " channels is registered in the channel");
            } else if (!indexes.containsKey(dependency.task())) {
                in.violation(dependencyField(element, j), "must name a task of this job; " + edge + " leads to none");
            }
        }
    }

    /**
     * Follows every dependency, depth first. Depth is bounded by the number of tasks.
     *
     * @param way tasks from where it began to before this one
     */
    private void checkCircles(CleanupTask task, Set<CleanupName> way) {
        if (sound.contains(task.name())) {
            return;
        }
        way.add(task.name());
        for (int j = 0; j < task.dependsOn().size(); j++) {
            CleanupReference dependency = task.dependsOn().get(j);
            Integer index = dependency.isLocal() ? indexes.get(dependency.task()) : null;
            if (index == null) {
                continue;
            }
            if (way.contains(dependency.task())) {
                in.violation(
                        dependencyField(element(indexes.getOrDefault(task.name(), 0)), j),
                        "must not lead back: " + circle(way, dependency.task()));
            } else {
                checkCircles(tasks.get(index), way);
            }
        }
        way.remove(task.name());
        sound.add(task.name());
    }

    private static String circle(Set<CleanupName> way, CleanupName closing) {
        return way.stream()
                        .dropWhile(name -> !name.equals(closing))
                        .map(CleanupName::value)
                        .collect(Collectors.joining(" → "))
                + " → " + closing;
    }

    private String element(int index) {
        return path + "[" + index + "]";
    }

    private static String dependencyField(String element, int index) {
        return element + ".dependsOn[" + index + "]";
    }
}
