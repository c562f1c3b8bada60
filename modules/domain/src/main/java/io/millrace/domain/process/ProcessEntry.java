package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.Readiness;
import org.jspecify.annotations.Nullable;

/**
 * One process as far as it is decided; immutable.
 *
 * @param id unique in the cluster and for ever
 * @param createdAtMillis when it was registered, in milliseconds since the epoch
 * @param restarts runs its restart policy gave it since somebody last started it
 * @param restartsInRow of these, how many since one stayed up for long
 * @param shortRunsInRow runs in a row that did not stay up for long
 * @param run the current or latest one, absent before the first
 */
public record ProcessEntry(
        JobId id,
        ProcessSpec spec,
        long createdAtMillis,
        int restarts,
        int restartsInRow,
        int shortRunsInRow,
        @Nullable ProcessRun run,
        ProcessPhase phase) {

    static ProcessEntry of(ProcessChange.Registered change, long atMillis) {
        return new ProcessEntry(
                change.id(),
                change.spec(),
                atMillis,
                0,
                0,
                0,
                null,
                new ProcessPhase.Waiting(atMillis, atMillis, null));
    }

    public ProcessName name() {
        return spec.name();
    }

    public ProcessRef ref() {
        return new ProcessRef(id, spec.name());
    }

    public ProcessState state() {
        return phase.state();
    }

    public boolean hasEnded() {
        return phase instanceof ProcessPhase.Ended;
    }

    /** The run that was started and has not ended, absent if there is none. */
    public @Nullable ProcessRun runUnderWay() {
        return switch (phase) {
            case ProcessPhase.Waiting _, ProcessPhase.Ended _ -> null;
            case ProcessPhase.Starting _, ProcessPhase.Running _, ProcessPhase.Stopping _ -> run;
        };
    }

    /** True while it runs and passed its readiness check, if it has one. */
    public boolean isReady() {
        return phase instanceof ProcessPhase.Running && run != null && run.isReady();
    }

    /** True while it runs and has written the line of its readiness check, which may have more to it. */
    public boolean hasWrittenLine() {
        return phase instanceof ProcessPhase.Running
                && run != null
                && (run.lineAtMillis() != null || spec.ready() instanceof Readiness.Log && run.isReady());
    }

    /** The same process behind a change of it. What cannot be there changes nothing. */
    ProcessEntry after(ProcessChange change, long atMillis) {
        return switch (change) {
            case ProcessChange.Registered _, ProcessChange.Removed _ -> this;
            case ProcessChange.StartRequested _ -> startedByUser(atMillis);
            case ProcessChange.Cancelled _ -> in(new ProcessPhase.Ended(ProcessState.STOPPED, atMillis, null));
            case ProcessChange.RunStarted started ->
                with(ProcessRun.started(started, atMillis, phase.sinceMillis()))
                        .in(new ProcessPhase.Starting(atMillis));
            case ProcessChange.OfRun ofRun -> {
                ProcessRun current = runUnderWay();
                yield current == null || current.number() != ofRun.run() ? this : after(ofRun, current, atMillis);
            }
        };
    }

    ProcessEntry withEpoch(int runNumber, long epoch) {
        return run == null || run.number() != runNumber ? this : with(run.withEpoch(epoch));
    }

    private ProcessEntry after(ProcessChange.OfRun change, ProcessRun current, long atMillis) {
        return switch (change) {
            case ProcessChange.RunStarted _ -> this;
            case ProcessChange.RunUp up -> {
                ProcessEntry behind = with(current.up(up, spec.ready() == null));
                yield phase instanceof ProcessPhase.Starting ? behind.in(new ProcessPhase.Running(atMillis)) : behind;
            }
            case ProcessChange.LineWritten _ -> with(current.lineWritten(atMillis));
            case ProcessChange.BecameReady _ -> with(current.ready(atMillis));
            case ProcessChange.SignalSent sent -> with(current.signalled(sent.signal()));
            case ProcessChange.StopRequested requested -> in(new ProcessPhase.Stopping(atMillis, requested.cause()));
            case ProcessChange.RunEnded ended ->
                with(current.ended(ended.end())).afterRun(ended, atMillis);
        };
    }

    private ProcessEntry afterRun(ProcessChange.RunEnded ended, long atMillis) {
        ProcessChange.Restart restart = ended.restart();
        if (ended.next().isEnded()) {
            return in(new ProcessPhase.Ended(ended.next(), ended.end().atMillis(), ended.error()));
        }
        if (restart == null) {
            return startedByUser(atMillis);
        }
        return new ProcessEntry(
                id,
                spec,
                createdAtMillis,
                restarts + 1,
                restart.inRow(),
                restart.shortRunsInRow(),
                run,
                new ProcessPhase.Waiting(atMillis, restart.atMillis(), ended.error()));
    }

    private ProcessEntry startedByUser(long atMillis) {
        return new ProcessEntry(
                id, spec, createdAtMillis, 0, 0, 0, run, new ProcessPhase.Waiting(atMillis, atMillis, null));
    }

    private ProcessEntry in(ProcessPhase next) {
        return new ProcessEntry(id, spec, createdAtMillis, restarts, restartsInRow, shortRunsInRow, run, next);
    }

    private ProcessEntry with(ProcessRun next) {
        return new ProcessEntry(id, spec, createdAtMillis, restarts, restartsInRow, shortRunsInRow, next, phase);
    }
}
