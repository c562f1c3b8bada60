package io.millrace.api.v1;

import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what a process depends on: names, or objects with a name and a condition. */
final class ProcessDependencyReader {
    static final Map<String, ProcessDependency.Condition> CONDITIONS = Map.of(
            "started", ProcessDependency.Condition.STARTED,
            "ready", ProcessDependency.Condition.READY,
            "logged", ProcessDependency.Condition.LOGGED,
            "completed", ProcessDependency.Condition.COMPLETED,
            "succeeded", ProcessDependency.Condition.SUCCEEDED);

    /** The dependencies in the array at the current value; none if that is null. */
    static List<ProcessDependency> read(JsonInput in, String path) {
        List<ProcessDependency> dependencies = new ArrayList<>();
        if (!in.isArray(path)) {
            return dependencies;
        }
        int elements = 0;
        for (; in.nextElement(); elements++) {
            String element = path + "[" + elements + "]";
            ProcessDependency dependency = readOne(in, element);
            if (dependency == null) {
                continue;
            }
            if (dependencies.stream().anyMatch(other -> other.name().equals(dependency.name()))) {
                in.violation(element, "stands before it already");
            } else {
                dependencies.add(dependency);
            }
        }
        if (elements > RequestLimits.PROCESS_DEPENDENCIES_MAX) {
            in.violation(path, "must have at most " + RequestLimits.PROCESS_DEPENDENCIES_MAX + " entries");
        }
        return dependencies;
    }

    private static @Nullable ProcessDependency readOne(JsonInput in, String path) {
        if (in.isText()) {
            ProcessName name = ProcessNames.read(in, path);
            return name == null ? null : new ProcessDependency(name, ProcessDependency.Condition.READY);
        }
        if (!in.isObject(path)) {
            in.violation(path, "must name a process");
            return null;
        }
        ProcessName name = null;
        ProcessDependency.Condition condition = null;
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            String at = path + "." + field;
            switch (field) {
                case "name" -> name = ProcessNames.read(in, at);
                case "condition" -> condition = in.oneOf(at, CONDITIONS);
                default -> in.unknownField(path, field, List.of("name", "condition"));
            }
        }
        in.requireGiven(path + ".name", name, "must name a process");
        return name == null
                ? null
                : new ProcessDependency(name, condition == null ? ProcessDependency.Condition.READY : condition);
    }

    private ProcessDependencyReader() {}
}
