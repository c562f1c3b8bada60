package io.millrace.domain.cleanup;

import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a {@link CleanupBook} is made of, at one moment, immutable.
 *
 * @param lastRun highest number of an execution so far
 * @param tasks by name
 * @param runs under way or kept, in the order in which they began
 * @param latest latest execution of each task that has run
 * @param histories of tasks, those that were removed first
 * @param breach because of which an execution was stopped, absent if there was none or one has completed since
 */
public record CleanupSnapshot(
        long lastRun,
        List<RegisteredTask> tasks,
        List<RunSnapshot> runs,
        List<LatestRun> latest,
        List<TaskHistory> histories,
        @Nullable IsolationBreach breach) {
    /** Of a channel whose cleanup nothing has happened to. */
    public static final CleanupSnapshot EMPTY =
            new CleanupSnapshot(0, List.of(), List.of(), List.of(), List.of(), null);

    public CleanupSnapshot {
        tasks = tasks == null ? List.of() : List.copyOf(tasks);
        runs = runs == null ? List.of() : List.copyOf(runs);
        latest = latest == null ? List.of() : List.copyOf(latest);
        histories = histories == null ? List.of() : List.copyOf(histories);
    }

    /**
     * Which execution was the latest of a task.
     *
     * @param forgottenStatus how the task has done in it, absent if the execution is kept and says so itself
     */
    public record LatestRun(
            CleanupName task, long run, @Nullable CleanupStatus forgottenStatus) {}

    /**
     * What happened to a task.
     *
     * @param records oldest first
     */
    public record TaskHistory(CleanupName task, List<CleanupRecord> records) {
        public TaskHistory {
            records = List.copyOf(records);
        }
    }
}
