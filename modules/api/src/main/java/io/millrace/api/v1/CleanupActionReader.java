package io.millrace.api.v1;

import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.work.Work;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One action of a cleanup task while it is read: exactly one of a command, a handler, an HTTP call and a release. Its
 * fields stand in an object of their own, or among those of the task.
 */
final class CleanupActionReader {
    static final List<String> FIELDS = List.of("process", "handler", "http", "release");

    private static final Map<String, ReleaseScope> SCOPES = Map.of(
            "resources", ReleaseScope.RESOURCES,
            "locks", ReleaseScope.LOCKS,
            "threads", ReleaseScope.THREADS,
            "processes", ReleaseScope.PROCESSES,
            "logs", ReleaseScope.LOGS,
            "all", ReleaseScope.ALL);

    /** Keeps the place of an action that has violations; such a task is refused before anyone sees it. */
    static final CleanupAction UNREADABLE = new CleanupAction.Release(ReleaseScope.RESOURCES);

    private final CleanupTaskReader.Place place;
    private @Nullable String firstField;
    private @Nullable CleanupAction action;

    CleanupActionReader(CleanupTaskReader.Place place) {
        this.place = place;
    }

    /** The action at the current value, an object of its own; null if that is null. */
    static @Nullable CleanupAction read(JsonInput in, String path, CleanupTaskReader.Place place) {
        if (!in.isObject(path)) {
            return null;
        }
        CleanupActionReader fields = new CleanupActionReader(place);
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            if (FIELDS.contains(name)) {
                fields.readField(in, path + "." + name, name);
            } else {
                in.unknownField(path, name, FIELDS);
            }
        }
        if (fields.action == null) {
            in.violation(path, "must have exactly one of " + String.join(", ", FIELDS));
        }
        return fields.action;
    }

    /** Reads the current value, which is that of the field with this name. */
    void readField(JsonInput in, String path, String name) {
        if (in.isNull()) {
            return;
        }
        CleanupAction read = switch (name) {
            case "process" -> run(WorkReader.command(in, path));
            case "handler" -> run(WorkReader.handler(in, path));
            case "http" -> HttpActionReader.read(in, path);
            case "release" -> readRelease(in, path);
            default -> throw new IllegalArgumentException(name + " is no field of an action");
        };
        given(in, path, name, read);
    }

    /** Takes an action that was read as the value of the field with this name. */
    void given(JsonInput in, String path, String name, @Nullable CleanupAction read) {
        if (firstField != null) {
            in.violation(path, "must not be given together with '" + firstField + "'; a task does exactly one thing");
            return;
        }
        if (read == null && in.isStored()) {
            throw new IllegalArgumentException("the stored cleanup action '" + path + "' is of no known kind");
        }
        firstField = name;
        action = read == null ? UNREADABLE : read;
    }

    /** What was read; null if there was none. */
    @Nullable CleanupAction action() {
        return action;
    }

    private static @Nullable CleanupAction run(@Nullable Work work) {
        return work == null ? null : new CleanupAction.Run(work);
    }

    private @Nullable CleanupAction readRelease(JsonInput in, String path) {
        ReleaseScope scope = in.oneOf(path, SCOPES);
        if (place == CleanupTaskReader.Place.JOB) {
            in.violation(
                    path,
                    "must not stand in a job: what its attempts hold goes back by itself, and what others hold in the"
                            + " channel is not the job's. Register a task in the channel for that");
        }
        return scope == null ? null : new CleanupAction.Release(scope);
    }
}
