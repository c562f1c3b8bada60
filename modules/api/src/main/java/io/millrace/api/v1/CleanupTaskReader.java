package io.millrace.api.v1;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.handle.HandleText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads cleanup tasks out of request bodies (HTTP contract, section 6). What the task does stands in its field {@code
 * action}, or directly in the task.
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class CleanupTaskReader {
    private static final List<String> FIELDS = List.of(
            "name",
            "dependsOn",
            "timeout",
            "action",
            "process",
            "handler",
            "http",
            "release",
            "check",
            "undo",
            "repeatable",
            "dependents");
    private static final Duration TIMEOUT_MIN = Duration.ofMillis(1);
    private static final String NAME_EXPECTED =
            "must be 1 to 128 letters, digits, dots, underscores or hyphens, the first a letter or digit";

    /** Keeps the place of a name that has violations; such a task is refused before anyone sees it. */
    private static final CleanupName UNREADABLE = new CleanupName("unreadable");

    /** Who a task belongs to. */
    enum Place {
        /** A channel: it is executed when somebody asks for it. */
        CHANNEL,
        /** A job: it is executed behind each of its attempts. */
        JOB
    }

    private final JsonInput in;
    private final String path;
    private final Place place;
    private final CleanupActionReader action;
    private CleanupName name = UNREADABLE;
    private boolean hasName;
    private List<CleanupReference> dependsOn = List.of();
    private @Nullable Duration timeout;
    private @Nullable CleanupAction check;
    private @Nullable CleanupAction undo;
    private boolean isRepeatable = true;
    private List<ChannelName> dependents = List.of();

    private CleanupTaskReader(JsonInput in, String path, Place place) {
        this.in = in;
        this.path = path;
        this.place = place;
        this.action = new CleanupActionReader(place);
    }

    /** The task to register: the whole body. */
    public static CleanupTask read(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            if (!in.nextRootValue() || !in.isObject("")) {
                throw in.wrongType("", "must be a JSON object");
            }
            CleanupTask task = read(in, "", Place.CHANNEL);
            in.requireEnd();
            in.requireValid();
            requireShort(in, task);
            return task;
        }
    }

    /** A task that was accepted before. */
    static CleanupTask readStored(byte[] json) {
        try (JsonInput in = JsonInput.stored(json)) {
            if (!in.nextRootValue() || !in.isObject("")) {
                throw in.wrongType("", "must be a JSON object");
            }
            return read(in, "", Place.CHANNEL);
        }
    }

    /**
     * The task in the object at the current value.
     *
     * @param path where that is in the body, empty for all of it
     */
    static CleanupTask read(JsonInput in, String path, Place place) {
        CleanupTaskReader task = new CleanupTaskReader(in, path, place);
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            task.readField(name);
        }
        return task.build();
    }

    private void readField(String field) {
        String at = path(field);
        switch (field) {
            case "name" -> readName(at);
            case "dependsOn" -> dependsOn = readDependencies(at);
            case "timeout" -> timeout = in.duration(at, TIMEOUT_MIN, RequestLimits.CLEANUP_TIMEOUT_MAX);
            case "action" -> readAction(at);
            case "process", "handler", "http", "release" -> action.readField(in, at, field);
            case "check" -> check = CleanupActionReader.read(in, at, place);
            case "undo" -> undo = CleanupActionReader.read(in, at, place);
            case "repeatable" -> isRepeatable = !Boolean.FALSE.equals(in.truth(at));
            case "dependents" -> dependents = readDependents(at);
            default -> in.unknownField(path, field, FIELDS);
        }
    }

    private CleanupTask build() {
        CleanupAction given = action.action();
        if (given == null) {
            throwIfStored("action");
            in.violation(path("action"), "must be given: what cleans up");
            given = CleanupActionReader.UNREADABLE;
        }
        if (!hasName) {
            throwIfStored("name");
            in.requireGiven(path("name"), null, NAME_EXPECTED);
        }
        return new CleanupTask(name, dependsOn, timeout, given, check, undo, isRepeatable, dependents);
    }

    private void throwIfStored(String field) {
        if (in.isStored()) {
            throw new IllegalArgumentException("the stored cleanup task has no field '" + path(field) + "'");
        }
    }

    private void readName(String at) {
        String text = in.text(at);
        if (text == null) {
            return;
        }
        if (!CleanupName.isValid(text)) {
            in.violation(at, NAME_EXPECTED);
            return;
        }
        if (HandleText.isClaimed(text)) {
            in.violation(at, "must not begin like a handle, which paths name tasks by, too");
        }
        name = new CleanupName(text);
        hasName = true;
    }

    private void readAction(String at) {
        if (!in.isNull()) {
            action.given(in, at, "action", CleanupActionReader.read(in, at, place));
        }
    }

    private List<CleanupReference> readDependencies(String at) {
        return readNames(
                at,
                RequestLimits.CLEANUP_DEPENDENCIES_MAX,
                CleanupReference::parse,
                "must name a task, or a task of another channel as channel/task");
    }

    private List<ChannelName> readDependents(String at) {
        if (place == Place.JOB) {
            in.skip();
            in.violation(at, "must be left out: nothing outside a job depends on its tasks");
            return List.of();
        }
        return readNames(at, RequestLimits.CLEANUP_DEPENDENTS_MAX, ChannelName::new, "must name a channel");
    }

    /** An array of different names. Each one that is wrong keeps its place out of the result. */
    private <T> List<T> readNames(String at, int max, Function<String, T> parse, String expected) {
        List<T> names = new ArrayList<>();
        if (!in.isArray(at)) {
            return names;
        }
        int elements = 0;
        for (; in.nextElement(); elements++) {
            String element = at + "[" + elements + "]";
            T name = parsed(in.text(element), parse);
            if (name == null) {
                in.violation(element, expected);
            } else if (names.contains(name)) {
                in.violation(element, "stands before it already");
            } else {
                names.add(name);
            }
        }
        if (elements > max) {
            in.violation(at, "must have at most " + max + " entries");
        }
        return names;
    }

    private static <T> @Nullable T parsed(@Nullable String text, Function<String, T> parse) {
        try {
            return text == null ? null : parse.apply(text);
        } catch (MillraceException notAName) {
            return null;
        }
    }

    private static void requireShort(JsonInput in, CleanupTask task) {
        int bytes = CleanupTaskJson.stored(task).length;
        if (bytes > RequestLimits.CLEANUP_TASK_BYTES_MAX) {
            in.violation(
                    "action",
                    "and the other fields of the task have " + bytes + " bytes together, of at most "
                            + RequestLimits.CLEANUP_TASK_BYTES_MAX + "; pass larger data by reference");
            in.requireValid();
        }
    }

    private String path(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }
}
