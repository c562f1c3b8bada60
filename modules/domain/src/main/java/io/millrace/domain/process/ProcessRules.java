package io.millrace.domain.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Readiness;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides about the services and commands of one channel. Pure: reads the book, changes nothing, knows no clock. Each
 * answer holds for the book as it is; whoever asks writes the changes down before asking again.
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public final class ProcessRules {
    private final ProcessRefusals refusals;
    private final EndRules ends;
    private final ProcessViews views;

    public ProcessRules(ChannelName channel) {
        this.refusals = new ProcessRefusals(channel);
        this.ends = new EndRules(channel);
        this.views = new ProcessViews(channel);
    }

    // Wishes

    /**
     * Registers a process; it starts as soon as what it depends on allows. That need not be registered yet.
     *
     * @param requestKey idempotency key, absent for none
     * @param bodyHash digest of the request that came with the key
     */
    public ProcessDecision register(
            ProcessBook book, JobId id, ProcessSpec spec, @Nullable String requestKey, @Nullable String bodyHash) {
        UsedKey known = requestKey == null ? null : book.registeredWith(requestKey);
        if (known != null) {
            return replay(book, known, bodyHash);
        }
        Problem problem = whyNotRegistered(book, spec);
        if (problem != null) {
            return new ProcessDecision.Refused(problem);
        }
        List<ProcessChange> changes = new ArrayList<>(2);
        if (book.size() >= Limits.PROCESSES_MAX) {
            Optional<ProcessEntry> oldest = endedFirstAndUnneeded(book);
            if (oldest.isEmpty()) {
                return new ProcessDecision.Refused(refusals.tooManyProcesses());
            }
            changes.add(new ProcessChange.Removed(oldest.get().ref()));
        }
        changes.add(new ProcessChange.Registered(id, spec, requestKey, bodyHash));
        return new ProcessDecision.Accepted(changes);
    }

    /** Starts a process that does not run, without a delay, or stops the run it has and starts another one. */
    public ProcessDecision restart(ProcessEntry process) {
        return switch (process.phase()) {
            case ProcessPhase.Ended _ -> accept(new ProcessChange.StartRequested(process.ref(), true));
            case ProcessPhase.Waiting _ -> accept(new ProcessChange.StartRequested(process.ref(), false));
            case ProcessPhase.Stopping(var _, var cause)
            when cause == StopCause.REMOVAL -> new ProcessDecision.Refused(refusals.beingRemoved(process.name()));
            case ProcessPhase.Starting _, ProcessPhase.Running _, ProcessPhase.Stopping _ ->
                stopFor(process, StopCause.RESTART);
        };
    }

    /** Stops a process, also while it waits. One that has ended is left as it is. */
    public ProcessDecision stop(ProcessEntry process) {
        return switch (process.phase()) {
            case ProcessPhase.Ended _ -> new ProcessDecision.Accepted(List.of());
            case ProcessPhase.Waiting _ -> accept(new ProcessChange.Cancelled(process.ref()));
            case ProcessPhase.Stopping(var _, var cause)
            when cause == StopCause.REMOVAL -> new ProcessDecision.Accepted(List.of());
            case ProcessPhase.Starting _, ProcessPhase.Running _, ProcessPhase.Stopping _ ->
                stopFor(process, StopCause.USER);
        };
    }

    /** Removes a process: at once if it has no run under way, else once that has ended. */
    public ProcessDecision remove(ProcessEntry process) {
        return switch (process.phase()) {
            case ProcessPhase.Ended _ -> accept(new ProcessChange.Removed(process.ref()));
            case ProcessPhase.Waiting _ ->
                new ProcessDecision.Accepted(
                        List.of(new ProcessChange.Cancelled(process.ref()), new ProcessChange.Removed(process.ref())));
            case ProcessPhase.Starting _, ProcessPhase.Running _, ProcessPhase.Stopping _ ->
                stopFor(process, StopCause.REMOVAL);
        };
    }

    /**
     * Has a signal sent to a process that runs on this node. If it ends by it, it has been stopped by its user.
     *
     * @param signal without {@code SIG}
     */
    public ProcessDecision signal(ProcessEntry process, String signal, Ownership ownership) {
        ProcessRun run = process.run();
        return run != null && DependencyRules.runsHere(process, ownership)
                ? accept(new ProcessChange.SignalSent(process.ref(), run.number(), signal))
                : new ProcessDecision.Refused(refusals.notRunning(process));
    }

    /** Why a process of this name or id is not there. */
    public Problem unknown(String process) {
        return refusals.unknown(process);
    }

    /**
     * Stops everything, who depends on another before that one: what is stopped next. Asked again after each end until
     * nothing is {@link ProcessBook#live live}; meanwhile {@link #next} starts nothing that was stopped.
     */
    public List<ProcessChange> stopNext(ProcessBook book) {
        List<ProcessChange> changes = new ArrayList<>();
        for (ProcessEntry process : book.processes()) {
            boolean isNeeded = process.runUnderWay() != null && DependencyRules.isNeededByARun(book, process);
            if (!isNeeded && stop(process) instanceof ProcessDecision.Accepted(var stopped)) {
                changes.addAll(stopped);
            }
        }
        return changes;
    }

    // What follows by itself

    /**
     * What time and other processes allow or demand now. Runs that took too long to come up, and those of other nodes that
     * are over, come first; what starts comes only when there are none of these. The changes are about different processes.
     * Asked again, with them written down, until there is nothing.
     */
    public List<ProcessChange> next(ProcessBook book, Ownership ownership, Moment now) {
        List<ProcessChange> overdue = new ArrayList<>();
        List<ProcessChange> starts = new ArrayList<>();
        for (ProcessEntry process : book.processes()) {
            ProcessRun run = process.runUnderWay();
            if (run != null) {
                overdue.addAll(overdue(process, run, ownership, now));
            } else if (mayStart(book, process, ownership, now)) {
                starts.add(start(process, ownership));
            }
        }
        return overdue.isEmpty() ? starts : overdue;
    }

    private List<ProcessChange> overdue(ProcessEntry process, ProcessRun run, Ownership ownership, Moment now) {
        if (!ownership.isHere(run)) {
            return ownership.areOthersOver(now) ? ended(process, ends.nodeLost(run, now.millis()), now) : List.of();
        }
        return isComingUp(process, run) && StartTime.endMillis(process, run) <= now.millis()
                ? List.of(new ProcessChange.StopRequested(process.ref(), run.number(), StopCause.START_TIMEOUT))
                : List.of();
    }

    private static boolean isComingUp(ProcessEntry process, ProcessRun run) {
        return !(process.phase() instanceof ProcessPhase.Stopping) && !run.isReady();
    }

    private static boolean mayStart(ProcessBook book, ProcessEntry process, Ownership ownership, Moment now) {
        return process.phase() instanceof ProcessPhase.Waiting(var _, var notBefore, var _)
                && notBefore <= now.millis()
                && DependencyRules.unmet(book, process, ownership).isEmpty();
    }

    /**
     * How long until {@link #next} may have something although nothing was changed meanwhile.
     *
     * @return milliseconds, 0 if at once, {@link Long#MAX_VALUE} if never
     */
    public long millisUntilNext(ProcessBook book, Ownership ownership, Moment now) {
        long earliest = Long.MAX_VALUE;
        for (ProcessEntry process : book.processes()) {
            earliest = Math.min(earliest, millisUntilNext(book, process, ownership, now));
        }
        return earliest;
    }

    private static long millisUntilNext(ProcessBook book, ProcessEntry process, Ownership ownership, Moment now) {
        ProcessRun run = process.runUnderWay();
        if (run != null && !ownership.isHere(run)) {
            return ownership.millisUntilOthersAreOver(now);
        }
        if (run != null) {
            return isComingUp(process, run)
                    ? Math.max(0, StartTime.endMillis(process, run) - now.millis())
                    : Long.MAX_VALUE;
        }
        return process.phase() instanceof ProcessPhase.Waiting(var _, var notBefore, var _)
                        && DependencyRules.unmet(book, process, ownership).isEmpty()
                ? Math.max(0, notBefore - now.millis())
                : Long.MAX_VALUE;
    }

    /** Processes with a run that this node started, in an earlier life or under an earlier ownership: to be taken over. */
    public List<ProcessEntry> toAdopt(ProcessBook book, Ownership ownership) {
        return book.processes().stream()
                .filter(process -> {
                    ProcessRun run = process.runUnderWay();
                    return run != null && ownership.isHere(run);
                })
                .toList();
    }

    /** A run was started by the system. Nothing if it is not the one under way. */
    public List<ProcessChange> up(ProcessEntry process, int run, long pid, long startedAtMillis) {
        ProcessRun current = process.runUnderWay();
        return current == null || current.number() != run || current.isUp()
                ? List.of()
                : List.of(new ProcessChange.RunUp(
                        process.ref(),
                        run,
                        pid,
                        startedAtMillis,
                        process.spec().script(),
                        ShownCommand.of(process.spec().command())));
    }

    /** A run wrote the line after which it is checked. Nothing if it is not the one under way, or is being stopped. */
    public List<ProcessChange> lineWritten(ProcessEntry process, int run) {
        ProcessRun current = process.runUnderWay();
        return process.phase() instanceof ProcessPhase.Running
                        && process.spec().ready() instanceof Readiness.AfterLine
                        && current != null
                        && current.number() == run
                        && current.lineAtMillis() == null
                ? List.of(new ProcessChange.LineWritten(process.ref(), run))
                : List.of();
    }

    /** A run passed its readiness check. Nothing if it is not the one under way, or is being stopped. */
    public List<ProcessChange> ready(ProcessEntry process, int run) {
        ProcessRun current = process.runUnderWay();
        return process.phase() instanceof ProcessPhase.Running
                        && current != null
                        && current.number() == run
                        && !current.isReady()
                ? List.of(new ProcessChange.BecameReady(process.ref(), run))
                : List.of();
    }

    /** The run under way has ended and nothing of its tree lives: what becomes of its process. */
    public List<ProcessChange> ended(ProcessEntry process, RunEnd end, Moment now) {
        ProcessRun run = process.runUnderWay();
        if (run == null) {
            return List.of();
        }
        ProcessChange.RunEnded ended = ends.of(process, run, end, now.millis());
        boolean isRemoved =
                process.phase() instanceof ProcessPhase.Stopping(var _, var cause) && cause == StopCause.REMOVAL;
        return isRemoved ? List.of(ended, new ProcessChange.Removed(process.ref())) : List.of(ended);
    }

    // Showing

    /**
     * True for a process whose runs end one after the other without having stayed up, and which its restart policy goes on
     * with.
     */
    public boolean isCrashLooping(ProcessEntry process, Moment now) {
        return CrashLoop.holds(process, now);
    }

    /**
     * How long until a process that is crash looping now has stayed up, if nothing is changed meanwhile.
     *
     * @return milliseconds, {@link Long#MAX_VALUE} if there is none
     */
    public long millisUntilCrashLoopEnds(ProcessBook book, Moment now) {
        return book.processes().stream()
                .filter(process -> CrashLoop.holds(process, now))
                .mapToLong(process -> CrashLoop.millisUntilOver(process, now))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** A process as its user sees it: everything of the same moment. */
    public ProcessView view(ProcessBook book, ProcessEntry process, Ownership ownership, Moment now) {
        return views.of(book, process, ownership, now);
    }

    private ProcessDecision replay(ProcessBook book, UsedKey known, @Nullable String bodyHash) {
        if (!Objects.equals(known.bodyHash(), bodyHash)) {
            return new ProcessDecision.Refused(refusals.keyReused(known.key()));
        }
        return book.process(known.process()) == null
                ? new ProcessDecision.Refused(refusals.keyOfRemoved(known))
                : new ProcessDecision.Replayed(known.process());
    }

    private @Nullable Problem whyNotRegistered(ProcessBook book, ProcessSpec spec) {
        if (book.process(spec.name()) != null) {
            return refusals.nameTaken(spec.name());
        }
        if (spec.dependsOn().size() > Limits.PROCESS_DEPENDENCIES_MAX) {
            return refusals.tooManyDependencies(spec);
        }
        var circle = DependencyRules.circleWith(book, spec);
        return circle.isEmpty() ? null : refusals.circle(spec.name(), circle);
    }

    private static Optional<ProcessEntry> endedFirstAndUnneeded(ProcessBook book) {
        return book.processes().stream()
                .filter(process -> process.hasEnded() && !DependencyRules.isNeeded(book, process))
                .min(Comparator.comparingLong(process -> process.phase().sinceMillis()));
    }

    private static ProcessChange start(ProcessEntry process, Ownership owner) {
        ProcessRun latest = process.run();
        return new ProcessChange.RunStarted(
                process.ref(), latest == null ? 1 : latest.number() + 1, 0, owner.node(), owner.host());
    }

    private static ProcessDecision stopFor(ProcessEntry process, StopCause cause) {
        ProcessRun run = process.runUnderWay();
        boolean isAsked = process.phase() instanceof ProcessPhase.Stopping(var _, var known) && known == cause;
        return run == null || isAsked
                ? new ProcessDecision.Accepted(List.of())
                : accept(new ProcessChange.StopRequested(process.ref(), run.number(), cause));
    }

    private static ProcessDecision accept(ProcessChange change) {
        return new ProcessDecision.Accepted(List.of(change));
    }
}
