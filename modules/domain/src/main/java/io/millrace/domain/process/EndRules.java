package io.millrace.domain.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What becomes of a process when a run of it has ended. */
final class EndRules {
    private final ProcessProblems problems;

    EndRules(ChannelName channel) {
        this.problems = new ProcessProblems(channel);
    }

    ProcessChange.RunEnded of(ProcessEntry process, ProcessRun run, RunEnd end, long nowMillis) {
        if (process.phase() instanceof ProcessPhase.Stopping(var _, var cause)) {
            return switch (cause) {
                case USER, REMOVAL -> ended(process, run, end, ProcessState.STOPPED, null);
                case RESTART -> ended(process, run, end, ProcessState.PENDING, null);
                case START_TIMEOUT -> failed(process, run, end, problems.startTimeout(process, run, end), nowMillis);
            };
        }
        return switch (end.kind()) {
            case EXITED, SIGNALLED -> withStatus(process, run, end, nowMillis);
            case NOT_STARTED -> notStarted(process, run, end, nowMillis);
            case INTERRUPTED -> interrupted(process, run, end, nowMillis);
        };
    }

    /** A run of another node that no longer owns the channel, and whose lease is over. */
    RunEnd nodeLost(ProcessRun run, long nowMillis) {
        return RunEnd.interrupted(
                Problem.of(
                        ErrorCode.UNAVAILABLE,
                        ProcessProblems.COMPONENT,
                        "The node " + run.node()
                                + " that ran it has lost the channel, and the lease of the run is over.",
                        Map.of("node", run.node())),
                nowMillis);
    }

    private ProcessChange.RunEnded withStatus(ProcessEntry process, ProcessRun run, RunEnd end, long nowMillis) {
        if (UserSignal.hasEnded(run, end)) {
            return ended(process, run, end, ProcessState.STOPPED, null);
        }
        return isSuccess(process, end)
                ? restartOr(process, run, end, ProcessState.SUCCESS, null, nowMillis)
                : failed(process, run, end, problems.failure(process, run, end), nowMillis);
    }

    private static boolean isSuccess(ProcessEntry process, RunEnd end) {
        Integer code = end.exitCode();
        return code != null && (code == 0 || process.spec().successExitCodes().contains(code));
    }

    /** A command that can never be started is not tried again; what else was in the way may go. */
    private ProcessChange.RunEnded notStarted(ProcessEntry process, ProcessRun run, RunEnd end, long nowMillis) {
        Problem why = problems.notStarted(process, run, end);
        return why.code() == ErrorCode.INVALID_ARGUMENT
                ? ended(process, run, end, ProcessState.FAILED, why)
                : failed(process, run, end, why, nowMillis);
    }

    private ProcessChange.RunEnded failed(
            ProcessEntry process, ProcessRun run, RunEnd end, Problem why, long nowMillis) {
        return restartOr(process, run, end, ProcessState.FAILED, why, nowMillis);
    }

    private ProcessChange.RunEnded restartOr(
            ProcessEntry process,
            ProcessRun run,
            RunEnd end,
            ProcessState otherwise,
            @Nullable Problem error,
            long nowMillis) {
        RestartPolicy policy = process.spec().restart();
        if (!policy.appliesTo(otherwise == ProcessState.SUCCESS)) {
            return ended(process, run, end, otherwise, error);
        }
        boolean wasLong = stayedUp(process, run, end);
        int before = wasLong ? 0 : process.restartsInRow();
        int shortRuns = wasLong ? 0 : process.shortRunsInRow() + 1;
        if (policy.max() > 0 && before >= policy.max()) {
            return ended(process, run, end, otherwise, error == null ? null : problems.gaveUp(process, error));
        }
        long at = nowMillis + RestartDelay.millis(process, run.number(), before + 1);
        return restarted(process, run, end, error, new ProcessChange.Restart(at, before + 1, shortRuns));
    }

    /** Nobody's failure: it uses up no restart, and only what ran for a moment waits before it runs again. */
    private ProcessChange.RunEnded interrupted(ProcessEntry process, ProcessRun run, RunEnd end, long nowMillis) {
        if (process.spec().restart().mode() == RestartPolicy.Mode.NEVER) {
            return ended(process, run, end, ProcessState.LOST, problems.lost(process, run, end));
        }
        long delay = stayedUp(process, run, end) ? 0 : RestartDelay.millis(process, run.number(), 1);
        return restarted(
                process,
                run,
                end,
                problems.interrupted(process, run, end),
                new ProcessChange.Restart(nowMillis + delay, process.restartsInRow(), process.shortRunsInRow()));
    }

    /** True for a run that was ready for as long as its policy asks for. */
    private static boolean stayedUp(ProcessEntry process, ProcessRun run, RunEnd end) {
        long uptime = run.readyAtMillis() == null ? 0 : Math.max(0, end.atMillis() - run.readyAtMillis());
        return uptime >= process.spec().restart().minUptime().toMillis();
    }

    private static ProcessChange.RunEnded ended(
            ProcessEntry process, ProcessRun run, RunEnd end, ProcessState next, @Nullable Problem error) {
        return new ProcessChange.RunEnded(process.ref(), run.number(), end, next, error, null);
    }

    private static ProcessChange.RunEnded restarted(
            ProcessEntry process, ProcessRun run, RunEnd end, @Nullable Problem error, ProcessChange.Restart restart) {
        return new ProcessChange.RunEnded(process.ref(), run.number(), end, ProcessState.PENDING, error, restart);
    }
}
