package io.millrace.host.supervise;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The runs of the host: those that are under way, and those that have ended and are not forgotten. Used by the loop's
 * thread, but for {@link #unattended}, {@link #underWay} and {@link #isAwaitingNode}.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class RunTable {
    private static final String COMPONENT = "ProcessManager";

    private final EventLoop loop;
    private final EndRecords records;
    private final Map<RunKey, Run> running = new HashMap<>();
    private final LinkedHashMap<RunKey, End> ended = new LinkedHashMap<>();
    private final StartedEpochs epochs = new StartedEpochs(HostLimits.EPOCHS_REMEMBERED_MAX);
    private final Map<RunKey, Runnable> held = new LinkedHashMap<>();
    private final Set<RunKey> unattended = ConcurrentHashMap.newKeySet();
    private @Nullable Runnable whenIdle;
    private volatile int underWay;
    /** Until when a node may come for what has ended by itself, on the clock of {@link System#nanoTime}. */
    private volatile @Nullable Long awaitedUntilNanos;

    RunTable(EventLoop loop, EndRecords records) {
        this.loop = loop;
        this.records = records;
    }

    /** A run that has ended. */
    private static final class End {
        final Run run;
        final long atNanos;
        boolean isWritten;

        End(Run run, long atNanos, boolean isWritten) {
            this.run = run;
            this.atNanos = atNanos;
            this.isWritten = isWritten;
        }
    }

    /** Runs without a listener since their node went away. */
    List<RunKey> unattended() {
        return List.copyOf(unattended);
    }

    /** How many runs have not ended. */
    int underWay() {
        return underWay;
    }

    /** True while a node that is gone may come back for how something ended, and for what it wrote. */
    boolean isAwaitingNode() {
        Long until = awaitedUntilNanos;
        return until != null && until - System.nanoTime() > 0;
    }

    @Nullable Run find(RunKey key) {
        var run = running.get(key);
        if (run != null) {
            return run;
        }
        var end = ended.get(key);
        return end == null ? null : end.run;
    }

    /** Why a run that is not known may not be started, absent if it may. */
    @Nullable Problem refusal(RunKey key) {
        if (!epochs.isNewer(key)) {
            return Problem.of(
                    ErrorCode.CONCURRENCY,
                    COMPONENT,
                    "The command was not started: epoch " + key.epoch() + " of " + key.id() + " in channel "
                            + key.channel() + " is not above the highest one that was started here, so that its owner"
                            + " has been replaced. Look at the state of the job: the new owner goes on with it.",
                    Map.of("epoch", key.epoch()));
        }
        if (running.size() >= HostLimits.COMMANDS_MAX) {
            return Problem.of(
                    ErrorCode.RESOURCE_LIMIT,
                    COMPONENT,
                    "The command was not started: this node runs " + running.size() + " commands, and "
                            + HostLimits.COMMANDS_MAX + " are allowed at one time. Try again when some have ended, or"
                            + " add a node.",
                    Map.of("commands", running.size(), "limit", HostLimits.COMMANDS_MAX));
        }
        return null;
    }

    void add(Run run) {
        epochs.add(run.key());
        running.put(run.key(), run);
        underWay = running.size();
    }

    /**
     * Launches a run that was added, once no older one of the same job or process is under way. Those are ended: whoever
     * started them has been replaced, and two of them never run at the same time (reliability promise P4).
     */
    void launch(Run run, Runnable launch) {
        var older = olderThan(run.key());
        if (older.isEmpty()) {
            launch.run();
        } else {
            held.put(run.key(), launch);
            older.forEach(Run::replace);
        }
    }

    private List<Run> olderThan(RunKey key) {
        return running.values().stream()
                .filter(each -> each.key().isOlderThan(key))
                .toList();
    }

    private void launchHeld() {
        for (RunKey key : List.copyOf(held.keySet())) {
            if (olderThan(key).isEmpty()) {
                holdNoLonger(key);
            }
        }
    }

    /** The lease of a run is over. If an older one still keeps it waiting, the launcher is to refuse it. */
    void holdNoLonger(RunKey key) {
        var launch = held.remove(key);
        if (launch != null) {
            launch.run();
        }
    }

    void notStarted(Run run) {
        remove(run);
        unattended.remove(run.key());
    }

    private void remove(Run run) {
        running.remove(run.key());
        underWay = running.size();
        launchHeld();
        tellIfIdle();
    }

    /** Runs an action as soon as no run is under way. */
    void whenIdle(Runnable action) {
        whenIdle = action;
        tellIfIdle();
    }

    private void tellIfIdle() {
        var action = whenIdle;
        if (action != null && running.isEmpty()) {
            whenIdle = null;
            // Whoever is told of an end hears of it first.
            loop.submit(action);
        }
    }

    void attach(Run run, RunListener listener) {
        unattended.remove(run.key());
        run.attach(listener);
    }

    /** The node is gone with all its listeners. What it has not been told is written down, as it may come back much later. */
    void detachAll() {
        awaitedUntilNanos = null;
        forEach(this::detach);
        ended.values().forEach(end -> {
            detach(end.run);
            write(end);
            awaitNodeFor(end.run);
        });
    }

    private void awaitNodeFor(Run run) {
        if (run.mayBeTakenOver()) {
            awaitedUntilNanos = System.nanoTime() + HostLimits.ENDS_AWAITED_MAX.toNanos();
        }
    }

    private void detach(Run run) {
        unattended.add(run.key());
        run.detach();
    }

    /** Remembers the end of a run until it is forgotten; of too many the oldest are. */
    void ended(Run run) {
        remove(run);
        var end = new End(run, System.nanoTime(), false);
        ended.put(run.key(), end);
        if (unattended.contains(run.key())) {
            write(end);
            awaitNodeFor(run);
        }
        if (ended.size() > HostLimits.ENDS_KEPT_MAX) {
            forget(ended.firstEntry().getKey());
        }
    }

    /** Takes over what an earlier life of the host wrote down. */
    void addWritten(Run run) {
        epochs.add(run.key());
        ended.put(run.key(), new End(run, System.nanoTime(), true));
        unattended.add(run.key());
    }

    /** Writes down the ends that the node should have stored by now. */
    void writeOverdue() {
        long now = System.nanoTime();
        for (End end : ended.values()) {
            if (now - end.atNanos >= HostLimits.END_UNCONFIRMED_MAX.toNanos()) {
                write(end);
            }
        }
    }

    private void write(End end) {
        if (!end.isWritten) {
            end.isWritten = true;
            records.write(end.run.endRecord(), () -> loop.submit(() -> end.isWritten = false));
        }
    }

    /** Does nothing for a run that is under way. */
    void forget(RunKey key) {
        var end = ended.remove(key);
        if (end != null) {
            unattended.remove(key);
            end.run.forget();
            if (end.isWritten) {
                records.remove(key);
            }
        }
    }

    /** Runs that are under way. */
    void forEach(Consumer<Run> action) {
        List.copyOf(running.values()).forEach(action);
    }
}
