package io.millrace.domain.process.history;

import static io.millrace.contracts.process.ProcessState.FAILED;
import static io.millrace.contracts.process.ProcessState.LOST;
import static io.millrace.contracts.process.ProcessState.PENDING;
import static io.millrace.contracts.process.ProcessState.RUNNING;
import static io.millrace.contracts.process.ProcessState.STOPPED;
import static io.millrace.contracts.process.ProcessState.STOPPING;
import static io.millrace.contracts.process.ProcessState.SUCCESS;
import static io.millrace.domain.process.history.BrokenPromise.unless;

import io.millrace.contracts.JobId;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.StopCause;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What must be true at every moment of a history. It reads every change as it is stored, keeps books of its own that share
 * no code with {@link ProcessBook}, and checks:
 *
 * <ul>
 *   <li>ids are never used twice, names only after a removal, epochs rise over all processes;
 *   <li>a run starts on the owner's node, once it is due and what its process depends on is there, beside no other run;
 *   <li>a run starts outside only if that is stored, and is said to have ended only once nothing of it lives;
 *   <li>what a user stopped ends as stopped and runs again only if a user wants it;
 *   <li>what ended by itself goes the way its restart policy says, after the delay it says, as often as it says;
 *   <li>if everything is stopped, nothing is that another one still needs.
 * </ul>
 */
final class NaiveProcesses {
    private final Map<ProcessName, Process> processes = new LinkedHashMap<>();
    private final Set<JobId> idsUsed = new HashSet<>();
    private final Map<Machines.Key, Long> startable = new HashMap<>();
    private long lastEpoch;
    private boolean isStoppingAll;

    /** One process. */
    private static final class Process {
        private final JobId id;
        private final ProcessSpec spec;
        private ProcessState state = PENDING;
        private int run;
        private boolean hasRun;
        private String node = "";
        private long dueMillis;
        private @Nullable Long readyMillis;
        private @Nullable StopCause stop;
        private int row;

        private Process(JobId id, ProcessSpec spec) {
            this.id = id;
            this.spec = spec;
        }
    }

    /** From here on every stop is one of everything. */
    void stopsEverything() {
        isStoppingAll = true;
    }

    // What is stored

    void stored(ProcessChange change, long atMillis, String owner) {
        if (change instanceof ProcessChange.Registered registered) {
            register(registered);
            return;
        }
        Process process = known(change);
        switch (change) {
            case ProcessChange.Registered _ -> throw new IllegalStateException("handled before");
            case ProcessChange.StartRequested _ -> {
                unless(!process.hasRun, () -> name(process) + " is started and has a run");
                byUser(process);
                process.state = PENDING;
            }
            case ProcessChange.Cancelled _ -> {
                unless(process.state == PENDING && !process.hasRun, () -> name(process) + " cannot be cancelled");
                process.state = STOPPED;
            }
            case ProcessChange.Removed _ -> {
                unless(process.state.isEnded(), () -> name(process) + " is removed and " + process.state);
                processes.remove(process.spec.name());
            }
            case ProcessChange.RunStarted started -> onRunStarted(process, started, atMillis, owner);
            case ProcessChange.RunUp up -> {
                process.state = process.state == PENDING ? RUNNING : process.state;
                process.readyMillis = process.spec.ready() == null ? Long.valueOf(up.startedAtMillis()) : null;
            }
            case ProcessChange.BecameReady _ -> process.readyMillis = atMillis;
            case ProcessChange.LineWritten _, ProcessChange.SignalSent _ -> {
                // No history has one.
            }
            case ProcessChange.StopRequested stop -> onStopRequested(process, stop.cause());
            case ProcessChange.RunEnded ended -> onRunEnded(process, ended);
        }
    }

    private void register(ProcessChange.Registered registered) {
        Process process = new Process(registered.id(), registered.spec());
        unless(idsUsed.add(registered.id()), () -> registered.id() + " was used before");
        unless(processes.put(registered.spec().name(), process) == null, () -> name(process) + " is taken");
        unless(!needs(process, process, new HashSet<>()), () -> name(process) + " waits for itself");
    }

    private boolean needs(Process process, Process wanted, Set<ProcessName> seen) {
        for (ProcessDependency dependency : process.spec.dependsOn()) {
            Process next = processes.get(dependency.name());
            if (next == wanted || next != null && seen.add(dependency.name()) && needs(next, wanted, seen)) {
                return true;
            }
        }
        return false;
    }

    private void onRunStarted(Process process, ProcessChange.RunStarted started, long atMillis, String owner) {
        unless(process.state == PENDING && !process.hasRun, () -> name(process) + " starts while " + process.state);
        unless(started.run() == process.run + 1, () -> "run " + started.run() + " follows " + process.run);
        unless(started.epoch() > lastEpoch, () -> "epoch " + started.epoch() + " follows " + lastEpoch);
        unless(started.node().equals(owner), () -> name(process) + " starts on " + started.node());
        unless(atMillis >= process.dueMillis, () -> name(process) + " starts before its delay is over");
        for (ProcessDependency dependency : process.spec.dependsOn()) {
            unless(isMet(dependency, owner), () -> name(process) + " starts without " + dependency);
        }
        lastEpoch = started.epoch();
        process.run = started.run();
        process.hasRun = true;
        process.node = owner;
        process.readyMillis = null;
        startable.put(new Machines.Key(process.id, process.run), started.epoch());
    }

    private boolean isMet(ProcessDependency dependency, String owner) {
        Process on = processes.get(dependency.name());
        if (on == null) {
            return false;
        }
        boolean runs = on.state == RUNNING && on.node.equals(owner);
        return on.state == SUCCESS
                || switch (dependency.condition()) {
                    case STARTED -> runs;
                    case READY -> runs && on.readyMillis != null;
                    case LOGGED -> false;
                    case COMPLETED -> on.state.isEnded();
                    case SUCCEEDED -> false;
                };
    }

    private void onStopRequested(Process process, StopCause cause) {
        unless(process.hasRun, () -> name(process) + " is stopped and has no run");
        if (isStoppingAll && cause == StopCause.USER) {
            for (Process other : processes.values()) {
                boolean isNeeded = other.hasRun
                        && other.spec.dependsOn().stream()
                                .anyMatch(dependency -> dependency.name().equals(process.spec.name()));
                unless(!isNeeded, () -> name(process) + " is stopped before " + name(other) + ", which needs it");
            }
        }
        process.state = STOPPING;
        process.stop = cause;
    }

    private void onRunEnded(Process process, ProcessChange.RunEnded ended) {
        unless(process.hasRun && ended.run() == process.run, () -> name(process) + " has no run " + ended.run());
        ProcessState expected = expected(process, ended);
        unless(ended.next() == expected, () -> name(process) + " is " + ended.next() + " and should be " + expected);
        ProcessChange.Restart restart = ended.restart();
        unless(
                (restart != null) == (expected == PENDING && process.stop != StopCause.RESTART),
                () -> name(process) + " is restarted: " + restart);
        process.hasRun = false;
        process.state = ended.next();
        if (process.stop == StopCause.RESTART) {
            byUser(process);
        } else if (restart != null) {
            restarted(process, ended, restart.atMillis());
        }
        process.stop = null;
    }

    private static ProcessState expected(Process process, ProcessChange.RunEnded ended) {
        StopCause stop = process.stop;
        RestartPolicy policy = process.spec.restart();
        if (stop == StopCause.USER || stop == StopCause.REMOVAL) {
            return STOPPED;
        }
        if (stop == StopCause.RESTART) {
            return PENDING;
        }
        if (stop == null && ended.end().kind() == RunEnd.Kind.INTERRUPTED) {
            return policy.mode() == RestartPolicy.Mode.NEVER ? LOST : PENDING;
        }
        Integer code = ended.end().exitCode();
        boolean isSuccess = stop == null
                && code != null
                && (code == 0 || process.spec.successExitCodes().contains(code));
        boolean runsAgain = policy.mode() == RestartPolicy.Mode.ALWAYS
                || policy.mode() == RestartPolicy.Mode.ON_FAILURE && !isSuccess;
        boolean mayRunAgain = policy.max() == 0 || row(process, ended.end()) < policy.max();
        return runsAgain && mayRunAgain ? PENDING : isSuccess ? SUCCESS : FAILED;
    }

    private static boolean wasLong(Process process, RunEnd end) {
        return process.readyMillis != null
                && end.atMillis() - process.readyMillis
                        >= process.spec.restart().minUptime().toMillis();
    }

    private static int row(Process process, RunEnd end) {
        return wasLong(process, end) ? 0 : process.row;
    }

    private static void restarted(Process process, ProcessChange.RunEnded ended, long dueMillis) {
        RestartPolicy policy = process.spec.restart();
        boolean isInterruption = process.stop == null && ended.end().kind() == RunEnd.Kind.INTERRUPTED;
        boolean waits = !isInterruption || !wasLong(process, ended.end());
        int steps = isInterruption ? 0 : row(process, ended.end());
        double delay = Math.min(
                policy.initialDelay().toMillis() * Math.pow(policy.factor(), steps),
                policy.maxDelay().toMillis());
        long earliest = ended.end().atMillis() + (waits ? (long) (0.9 * delay) : 0);
        unless(dueMillis >= earliest, () -> name(process) + " is due at " + dueMillis + ", not from " + earliest);
        process.dueMillis = dueMillis;
        process.row = isInterruption ? process.row : steps + 1;
    }

    private static void byUser(Process process) {
        process.dueMillis = 0;
        process.row = 0;
    }

    private Process known(ProcessChange change) {
        Process process = processes.get(change.process().name());
        unless(process != null && process.id.equals(change.process().id()), () -> "unknown: " + change);
        return Objects.requireNonNull(process);
    }

    private static String name(Process process) {
        return process.spec.name().value();
    }

    // What happens outside

    /** A run starts really. */
    void starts(Machines.Key run, long epoch) {
        Long stored = startable.remove(run);
        unless(stored != null && stored == epoch, () -> run + " starts with epoch " + epoch + ", stored is " + stored);
    }

    // Comparing

    void sameAs(ProcessBook book) {
        unless(book.size() == processes.size(), () -> "the book has " + book.size() + " processes");
        long live = processes.values().stream()
                .filter(process -> !process.state.isEnded())
                .count();
        unless(book.live() == live, () -> book.live() + " are said to be live, " + live + " are");
        processes.forEach((name, process) -> {
            var entry = Objects.requireNonNull(book.process(name), () -> "the book misses " + name);
            unless(entry.state() == process.state, () -> name + " is " + entry.state() + ", really " + process.state);
            unless((entry.runUnderWay() != null) == process.hasRun, () -> name + " has a run: " + process.hasRun);
        });
    }

    /** What waits although nothing is in its way, or hangs although its time is over. */
    void nothingIsForgotten(ProcessBook book, long nowMillis, String owner) {
        for (Process process : processes.values()) {
            boolean mayStart = process.state == PENDING
                    && !process.hasRun
                    && process.dueMillis <= nowMillis
                    && process.spec.dependsOn().stream().allMatch(dependency -> isMet(dependency, owner));
            unless(!mayStart, () -> name(process) + " waits for nothing");
            var entry = Objects.requireNonNull(book.process(process.spec.name()));
            boolean isComingUp = process.hasRun && process.stop == null && process.readyMillis == null;
            unless(
                    !isComingUp
                            || nowMillis - Objects.requireNonNull(entry.run()).orderedAtMillis()
                                    < process.spec.startTimeout().toMillis(),
                    () -> name(process) + " takes longer to come up than it may");
        }
    }
}
