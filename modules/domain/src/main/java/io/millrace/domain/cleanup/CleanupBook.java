package io.millrace.domain.cleanup;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupStatus;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The cleanup of one channel as far as it is decided: registered tasks, executions under way, and those that ended
 * lately. {@link #apply} changes it in place; the same changes always give the same book, and nothing here refuses one:
 * rules live in {@link CleanupRules}.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class CleanupBook {
    private final NavigableMap<CleanupName, RegisteredTask> tasks = new TreeMap<>();
    private final KeptRuns runs = new KeptRuns(this::status);
    private final CleanupHistory history = new CleanupHistory();
    private final HistoryLines lines = new HistoryLines(history);
    private long lastRun;
    private @Nullable IsolationBreach breach;

    private CleanupBook() {}

    /** A book nothing is written in. */
    public static CleanupBook empty() {
        return new CleanupBook();
    }

    /** The book as a snapshot shows it. */
    public static CleanupBook of(CleanupSnapshot snapshot) {
        CleanupBook book = new CleanupBook();
        book.lastRun = snapshot.lastRun();
        book.breach = snapshot.breach();
        snapshot.tasks().forEach(task -> book.tasks.put(task.name(), task));
        book.runs.restore(snapshot.runs(), snapshot.latest());
        book.history.restore(snapshot.histories(), book.tasks::containsKey);
        return book;
    }

    /** An immutable copy. */
    public CleanupSnapshot snapshot() {
        return new CleanupSnapshot(
                lastRun,
                List.copyOf(tasks.values()),
                runs.snapshot(),
                runs.latestSnapshot(),
                history.snapshot(),
                breach);
    }

    // Reading

    /** By name. A view: it changes with the book. */
    public Collection<RegisteredTask> tasks() {
        return Collections.unmodifiableCollection(tasks.values());
    }

    public @Nullable RegisteredTask task(CleanupName name) {
        return tasks.get(name);
    }

    /** Executions and rollbacks under way, in the order in which the executions began. A view. */
    public Collection<CleanupRun> active() {
        return runs.active();
    }

    /** Executions that go on or are still kept, those of attempts included, newest first. */
    public List<CleanupRun> newest(int max) {
        return runs.newest(max);
    }

    /** An execution that goes on or is still kept. */
    public @Nullable CleanupRun run(long number) {
        return runs.run(number);
    }

    /** The latest execution that a task took part in; absent if there was none or it is no longer kept. */
    public @Nullable CleanupRun latest(CleanupName task) {
        return runs.latest(task);
    }

    /** The latest execution of all tasks of the channel; absent if there was none or it is no longer kept. */
    public @Nullable CleanupRun latestOfChannel() {
        return runs.latestOfChannel();
    }

    /** The execution behind an attempt; absent if there was none or it is no longer kept. */
    public @Nullable CleanupRun ofAttempt(JobId job, long epoch) {
        return runs.ofAttempt(job, epoch);
    }

    /** The newest execution behind an attempt of the job, absent if there was none or it is no longer kept. */
    public @Nullable CleanupRun ofJob(JobId job) {
        return runs.ofJob(job);
    }

    /** How a task has done in its latest execution. */
    public CleanupStatus status(CleanupName task) {
        CleanupRun run = runs.latest(task);
        if (run != null) {
            return TaskStatus.in(run, task);
        }
        CleanupStatus forgotten = runs.forgottenStatus(task);
        return forgotten == null ? CleanupStatus.NOT_STARTED : forgotten;
    }

    /** What happened to a task, newest first. */
    public List<CleanupRecord> history(CleanupName task) {
        return history.of(task);
    }

    /** Why an execution was stopped, absent if none was or one has completed since. */
    public @Nullable IsolationBreach breach() {
        return breach;
    }

    /** Highest number of an execution so far; never falls. */
    public long lastRun() {
        return lastRun;
    }

    // Evolution

    /**
     * Writes a change down.
     *
     * @param atMillis wall-clock time in milliseconds since the epoch
     * @param incarnation of the channel
     * @param node that owns the channel
     */
    public void apply(CleanupChange change, long atMillis, long incarnation, String node) {
        switch (change) {
            case CleanupChange.Registered registered -> {
                tasks.put(registered.name(), RegisteredTask.of(registered, atMillis, incarnation, node));
                history.registered(registered.name());
            }
            case CleanupChange.RunStarted started -> {
                lastRun = Math.max(lastRun, started.run());
                runs.started(CleanupRun.started(started, atMillis));
            }
            case CleanupChange.OfRun ofRun -> {
                CleanupRun run = runs.run(ofRun.run());
                if (run != null) {
                    apply(ofRun, run, atMillis);
                }
            }
            case CleanupChange.Removed _ -> {
                // Its history ends with this, so it is forgotten last.
            }
        }
        lines.add(change, runs, atMillis, node);
        if (change instanceof CleanupChange.Removed(var name)) {
            tasks.remove(name);
            runs.taskRemoved(name);
            history.removed(name);
        }
    }

    /** The channel is gone; its executions go on counting. */
    public void forgetAll() {
        tasks.clear();
        runs.clear();
        history.clear();
        breach = null;
    }

    private void apply(CleanupChange.OfRun change, CleanupRun run, long atMillis) {
        switch (change) {
            case CleanupChange.StepStarted started -> run.stepStarted(started, atMillis);
            case CleanupChange.StepEnded ended -> run.stepEnded(ended);
            case CleanupChange.RollbackStarted _ -> {
                run.rollbackStarted();
                runs.reopened(run);
            }
            case CleanupChange.RunEnded ended -> {
                run.ended(ended, atMillis);
                runs.ended(run);
                runs.letGo(ended);
                noteBreach(ended, run);
            }
            case CleanupChange.ItemsReturned items -> run.itemsReturned(items);
            case CleanupChange.RunStarted _ -> throw new IllegalStateException("handled before");
        }
    }

    /** That behind an attempt says nothing about the channel. */
    private void noteBreach(CleanupChange.RunEnded ended, CleanupRun run) {
        if (ended.isBreached()) {
            breach = new IsolationBreach(ended.run(), ended.problems());
        } else if (ended.status() == CleanupStatus.COMPLETE && run.isOfRegisteredTasks()) {
            breach = null;
        }
    }
}
