package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import org.jspecify.annotations.Nullable;

/**
 * Something that became true about a process of a channel. Stored for ever: fields may be added that may be absent, no
 * field changes its meaning.
 */
public sealed interface ProcessChange {
    /** The process it is about. */
    ProcessRef process();

    /** By how many more processes have not ended from here on; -1 if one has. */
    default int processesBegun() {
        return switch (this) {
            case Registered _ -> 1;
            case StartRequested(var _, var reopens) -> reopens ? 1 : 0;
            case Cancelled _ -> -1;
            case RunEnded ended -> ended.next().isEnded() ? -1 : 0;
            case Removed _, RunStarted _, RunUp _, LineWritten _, BecameReady _, SignalSent _, StopRequested _ -> 0;
        };
    }

    /**
     * A process was registered and starts as soon as what it depends on allows.
     *
     * @param requestKey idempotency key of the request, absent if it had none
     * @param bodyHash digest of the request that came with the key
     */
    record Registered(
            JobId id,
            ProcessSpec spec,
            @Nullable String requestKey,
            @Nullable String bodyHash) implements ProcessChange {
        @Override
        public ProcessRef process() {
            return new ProcessRef(id, spec.name());
        }
    }

    /**
     * Somebody starts a process that does not run. Its restarts count anew, and it waits for no delay of them.
     *
     * @param reopens true if it had ended, false if it waited
     */
    record StartRequested(ProcessRef process, boolean reopens) implements ProcessChange {}

    /** Somebody stopped a process while it waited: it has ended as stopped, without another run. */
    record Cancelled(ProcessRef process) implements ProcessChange {}

    /** A process that had ended is gone; its name is free. */
    record Removed(ProcessRef process) implements ProcessChange {}

    /** A change of one run. */
    sealed interface OfRun extends ProcessChange {
        /** Number of the run, 1 for the first of its process. */
        int run();
    }

    /**
     * A run is about to start. Stored before anything outside the channel happens for it.
     *
     * @param epoch rises strictly within the channel, which gives it when it stores this; 0 until then
     * @param node that starts it
     * @param host identity of the process host of that node; absent in what was stored before that was recorded
     */
    record RunStarted(
            ProcessRef process,
            int run,
            long epoch,
            String node,
            @Nullable String host) implements OfRun {

        /** The same with the epoch that the channel gives it. */
        public RunStarted withEpoch(long given) {
            return new RunStarted(process, run, given, node, host);
        }
    }

    /**
     * A run was started by the system.
     *
     * @param startedAtMillis when, in milliseconds since the epoch
     * @param script name of the script it was found by, absent if a command was given
     * @param command what runs, for people: its arguments in one line, abbreviated
     */
    record RunUp(
            ProcessRef process,
            int run,
            long pid,
            long startedAtMillis,
            @Nullable String script,
            String command) implements OfRun {}

    /** A run wrote the line of its readiness check, which has more to it. */
    record LineWritten(ProcessRef process, int run) implements OfRun {}

    /** A run passed its readiness check. */
    record BecameReady(ProcessRef process, int run) implements OfRun {}

    /**
     * Somebody has a signal sent to a run. Stored first, so that an end by it is told from a failure.
     *
     * @param signal without {@code SIG}
     */
    record SignalSent(ProcessRef process, int run, String signal) implements OfRun {}

    /** A run is to be stopped. The latest cause counts. */
    record StopRequested(ProcessRef process, int run, StopCause cause) implements OfRun {}

    /**
     * A run has ended and nothing of its tree lives.
     *
     * @param next state of the process from here on: an ended one, or {@code PENDING} if it runs again
     * @param error why it failed or is lost, absent if neither
     * @param restart absent unless its restart policy has it run again
     */
    record RunEnded(
            ProcessRef process,
            int run,
            RunEnd end,
            ProcessState next,
            @Nullable Problem error,
            @Nullable Restart restart)
            implements OfRun {}

    /**
     * What the restart policy says.
     *
     * @param atMillis earliest begin of the next run, in milliseconds since the epoch
     * @param inRow which restart it is since one stayed up for long
     * @param shortRunsInRow runs in a row that did not stay up for long, the one that has ended included
     */
    record Restart(long atMillis, int inRow, int shortRunsInRow) {}
}
