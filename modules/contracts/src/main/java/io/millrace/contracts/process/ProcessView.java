package io.millrace.contracts.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process at one moment: every field is of that same moment (contract rows B-35 and B-40 to B-47).
 *
 * @param id unique in the cluster and for ever
 * @param isReady true while it runs and passed its readiness check, if it has one
 * @param run number of the current or latest run, 1 for the first, 0 before that
 * @param restarts runs it was given by its restart policy since somebody last started it
 * @param node where it runs or last ran, absent before its first run
 * @param pid of the current run, absent unless it runs
 * @param exitCode of the latest run, present only in an ended state and if it exited; also if it was stopped
 * @param signal name of the signal that ended the latest run, for example {@code SIGKILL}; present only in an ended state
 * @param startedAt when the system started the current or latest run, absent until it did
 * @param readyAt when that run became ready, absent if it has not
 * @param endedAt when it ended; absent unless the state is an ended one
 * @param startUp where the time went until it could be used, absent before its first run
 * @param check what the latest readiness check of its current run has found, absent if there was none on this node
 * @param error why it failed or waits to be started again, absent if it did not fail
 * @param conditions what it waits for, and what is not as it should be
 */
public record ProcessView(
        JobId id,
        ChannelName channel,
        ProcessSpec spec,
        ProcessState state,
        boolean isReady,
        int run,
        int restarts,
        @Nullable String node,
        @Nullable Long pid,
        @Nullable Integer exitCode,
        @Nullable String signal,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant readyAt,
        @Nullable Instant endedAt,
        @Nullable StartUp startUp,
        @Nullable ReadinessCheck check,
        @Nullable Problem error,
        List<Condition> conditions) {
    public ProcessView {
        conditions = List.copyOf(conditions);
    }

    /** The same with other conditions, and with what a readiness check has found. */
    public ProcessView with(List<Condition> others, @Nullable ReadinessCheck latestCheck) {
        return new ProcessView(
                id,
                channel,
                spec,
                state,
                isReady,
                run,
                restarts,
                node,
                pid,
                exitCode,
                signal,
                createdAt,
                startedAt,
                readyAt,
                endedAt,
                startUp,
                latestCheck,
                error,
                others);
    }

    /** True exactly in the running state (contract row B-46). */
    public boolean isRunning() {
        return state == ProcessState.RUNNING;
    }
}
