package io.millrace.domain.cleanup;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What happened to each task, {@link Limits#CLEANUP_HISTORY_MAX} lines at most. That of a removed task is kept until
 * {@link Limits#CLEANUPS_KEPT_MAX} others were removed after it, and goes on if its name is registered anew.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupHistory {
    private final SortedMap<CleanupName, Deque<CleanupRecord>> registered = new TreeMap<>();
    private final SequencedMap<CleanupName, Deque<CleanupRecord>> removed = new LinkedHashMap<>();

    /** Newest first. */
    List<CleanupRecord> of(CleanupName task) {
        Deque<CleanupRecord> records = registered.getOrDefault(task, removed.get(task));
        return records == null ? List.of() : List.copyOf(records.reversed());
    }

    void add(CleanupName task, CleanupRecord record) {
        Deque<CleanupRecord> records = registered.get(task);
        if (records != null) {
            records.add(record);
            if (records.size() > Limits.CLEANUP_HISTORY_MAX) {
                records.remove();
            }
        }
    }

    void registered(CleanupName task) {
        Deque<CleanupRecord> earlier = removed.remove(task);
        registered.put(task, earlier == null ? new ArrayDeque<>() : earlier);
    }

    void removed(CleanupName task) {
        Deque<CleanupRecord> records = registered.remove(task);
        if (records != null) {
            removed.put(task, records);
            if (removed.size() > Limits.CLEANUPS_KEPT_MAX) {
                removed.pollFirstEntry();
            }
        }
    }

    void clear() {
        registered.clear();
        removed.clear();
    }

    /** Those of removed tasks first, in the order of their removal. */
    List<CleanupSnapshot.TaskHistory> snapshot() {
        List<CleanupSnapshot.TaskHistory> all = new ArrayList<>(registered.size() + removed.size());
        removed.forEach((task, records) -> all.add(new CleanupSnapshot.TaskHistory(task, List.copyOf(records))));
        registered.forEach((task, records) -> all.add(new CleanupSnapshot.TaskHistory(task, List.copyOf(records))));
        return all;
    }

    /**
     * @param isRegistered tells those that are from those that were removed
     */
    void restore(List<CleanupSnapshot.TaskHistory> histories, Predicate<CleanupName> isRegistered) {
        for (CleanupSnapshot.TaskHistory history : histories) {
            (isRegistered.test(history.task()) ? registered : removed)
                    .put(history.task(), new ArrayDeque<>(history.records()));
        }
    }
}
