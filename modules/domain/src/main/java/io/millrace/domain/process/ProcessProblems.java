package io.millrace.domain.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessName;
import io.millrace.domain.TimeText;
import java.util.HashMap;
import java.util.Map;

/** Why a process has failed or is lost: what happened, why, and what to do next. */
final class ProcessProblems {
    static final String COMPONENT = "ServiceManager";

    private final ChannelName channel;

    ProcessProblems(ChannelName channel) {
        this.channel = channel;
    }

    /** It ended with a status that is no success. What is known of it beyond that says more. */
    Problem failure(ProcessEntry process, ProcessRun run, RunEnd end) {
        if (end.problem() != null) {
            return end.problem();
        }
        String detail = end.exitCode() != null
                ? subject(process, run) + " ended with exit code " + end.exitCode() + ". Its output may say why: "
                        + logs(process.name())
                : subject(process, run) + " was ended by " + end.signal()
                        + ", which nobody sent through Millrace. Its output, or the system's log if memory was short,"
                        + " may say why: " + logs(process.name());
        return Problem.of(ErrorCode.INVALID_STATE, COMPONENT, detail, Map.of("run", run.number()));
    }

    Problem notStarted(ProcessEntry process, ProcessRun run, RunEnd end) {
        return end.problem() != null
                ? end.problem()
                : Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        subject(process, run) + " could not be started. Restart it with " + restart(process.name()),
                        Map.of("run", run.number()));
    }

    Problem startTimeout(ProcessEntry process, ProcessRun run, RunEnd end) {
        String limit = TimeText.of(process.spec().startTimeout().toMillis());
        String missed = run.isUp() ? "did not become ready" : "did not come up";
        return Problem.of(
                ErrorCode.TIMEOUT,
                COMPONENT,
                subject(process, run) + " " + missed + " within its startTimeout of " + limit + " and was stopped"
                        + status(end) + ". Its output may say why: " + logs(process.name())
                        + " If it only needs longer, give it a longer startTimeout.",
                Map.of(
                        "run",
                        run.number(),
                        "startTimeoutMillis",
                        process.spec().startTimeout().toMillis()));
    }

    Problem interrupted(ProcessEntry process, ProcessRun run, RunEnd end) {
        return Problem.of(ErrorCode.UNAVAILABLE, COMPONENT, unknownEnd(process, run, end), Map.of("run", run.number()));
    }

    Problem lost(ProcessEntry process, ProcessRun run, RunEnd end) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                unknownEnd(process, run, end)
                        + " Its restart policy is 'never', so it is not started again. Start it with "
                        + restart(process.name()),
                Map.of("run", run.number()));
    }

    /** The same failure of a process that was restarted as often as it may. */
    Problem gaveUp(ProcessEntry process, Problem failure) {
        int max = process.spec().restart().max();
        Map<String, Object> context = new HashMap<>(failure.context());
        context.put("restartsInRow", max);
        return new Problem(
                failure.code(),
                failure.component(),
                failure.detail() + " It was restarted " + max
                        + " times in a row, which is as often as its restart.max allows, and is not restarted any"
                        + " more. Once that is mended, restart it with " + restart(process.name()),
                context,
                failure.violations(),
                null);
    }

    private static String unknownEnd(ProcessEntry process, ProcessRun run, RunEnd end) {
        return "How " + subject(process, run).replaceFirst("^R", "r") + " ended is not known."
                + (end.problem() == null ? "" : " " + end.problem().detail());
    }

    private static String status(RunEnd end) {
        return switch (end.kind()) {
            case EXITED -> "; it ended with exit code " + end.exitCode();
            case SIGNALLED -> "; it ended by " + end.signal();
            case NOT_STARTED, INTERRUPTED -> "";
        };
    }

    private static String subject(ProcessEntry process, ProcessRun run) {
        return "Run " + run.number() + " of the process '" + process.name() + "'";
    }

    private String logs(ProcessName process) {
        return "GET " + path(process) + "/logs.";
    }

    private String restart(ProcessName process) {
        return "POST " + path(process) + ":restart.";
    }

    private String path(ProcessName process) {
        return "/v1/channels/" + channel + "/processes/" + process.inPath();
    }
}
