package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a caller hears when a cleanup does not do as asked: what happened, why, and what to do next. */
final class CleanupRefusals {
    private static final String COMPONENT = "CleanupManager";

    private final ChannelName channel;

    CleanupRefusals(ChannelName channel) {
        this.channel = channel;
    }

    Problem unknown(CleanupName task) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "The channel '" + channel + "' has no cleanup task '" + task + "'. Register it with POST /v1/channels/"
                        + channel + "/cleanups.",
                Map.of("channel", channel.value(), "task", task.value()));
    }

    Problem nameTaken(CleanupName task) {
        return Problem.of(
                ErrorCode.ALREADY_EXISTS,
                COMPONENT,
                "The channel '" + channel + "' has a cleanup task '" + task
                        + "' already. Nothing was registered. Remove that one first, or choose another name.",
                Map.of("channel", channel.value(), "task", task.value()));
    }

    Problem tooManyTasks() {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                COMPONENT,
                "The channel '" + channel + "' has " + Limits.CLEANUP_TASKS_MAX
                        + " cleanup tasks, which is the most it may have. Nothing was registered. Remove some first.",
                Map.of("channel", channel.value(), "limit", Limits.CLEANUP_TASKS_MAX));
    }

    Problem tooManyRuns() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The channel '" + channel + "' has " + Limits.CLEANUP_RUNS_MAX
                                + " cleanups under way, which is the most it may have. Try again when some have ended.",
                        Map.of("channel", channel.value(), "limit", Limits.CLEANUP_RUNS_MAX))
                .retryAfter(Limits.CLEANUP_STEP_TIMEOUT);
    }

    Problem inUse(CleanupName task, long run) {
        return invalidState(
                "The cleanup task '" + task + "' takes part in execution " + run
                        + ", which has not ended. Wait for its end, or roll it back first.",
                task);
    }

    Problem notExecutable(DependencyReport report) {
        List<String> reasons = new ArrayList<>();
        if (!report.missing().isEmpty()) {
            reasons.add("these dependencies do not exist: " + joined(report.missing()));
        }
        for (List<CleanupReference> cycle : report.cycles()) {
            List<CleanupReference> closed = new ArrayList<>(cycle);
            closed.add(cycle.getFirst());
            reasons.add("these tasks depend on each other in a circle: "
                    + closed.stream().map(CleanupReference::toString).collect(Collectors.joining(" → ")));
        }
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "Nothing was executed, because " + String.join("; and ", reasons)
                        + ". Register what is missing, or remove and register anew what depends on it.",
                Map.of("channel", channel.value()));
    }

    Problem neverExecuted(CleanupName task) {
        return invalidState(
                "The cleanup task '" + task + "' has not been executed, so there is nothing to roll back.", task);
    }

    Problem notKept(CleanupName task) {
        return invalidState(
                "The latest execution of the cleanup task '" + task
                        + "' ended too long ago to be rolled back: the channel no longer knows its steps.",
                task);
    }

    Problem alreadyRolledBack(CleanupName task, long run) {
        return invalidState(
                "Execution " + run + " of the cleanup task '" + task + "' has been rolled back already.", task);
    }

    Problem notReversible(CleanupName task, CleanupName step, long run) {
        return invalidState(
                "Execution " + run + " cannot be rolled back: its step '" + step + "' has no undo. Nothing was undone.",
                task);
    }

    Problem committed(CleanupName task, long run) {
        return invalidState(
                "Execution " + run + " cannot be rolled back: it has completed, and what it released is gone. "
                        + "Nothing was undone.",
                task);
    }

    Problem letGo(CleanupName task, long run) {
        return invalidState(
                "Execution " + run
                        + " cannot be rolled back: locks or resources it withheld have been released for good, "
                        + "at its end or by a later execution, and others may have them. Nothing was undone. Execute it "
                        + "again to go on.",
                task);
    }

    Problem executedSince(CleanupName task, CleanupName step, long run, long later) {
        return invalidState(
                "Execution " + run + " cannot be rolled back: its step '" + step + "' takes part in execution " + later
                        + ", which began after it. Nothing was undone. Roll that one back first.",
                task);
    }

    Problem ofDeletion(CleanupName task, long run) {
        return invalidState(
                "Execution " + run + " cannot be rolled back: it deletes the channel '" + channel + "'.", task);
    }

    static Problem skipped(CleanupName dependency) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "It was skipped, because '" + dependency
                        + "', which it depends on, has not completed. Execute it again once that is mended.",
                Map.of("dependency", dependency.value()));
    }

    static Problem skippedByRollback() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "It was skipped, because the execution was rolled back before it could start.");
    }

    static Problem outcomeUnknown(RunStep step) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "Its outcome is unknown, because node " + step.node()
                        + " gave the channel up or went away while it ran, and it may be started once only. See what it "
                        + "has done, then execute it again or roll it back.");
    }

    static Problem cutOffTooOften(RunStep step, int tries) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "It was started " + tries + " times and did not end, the last time because node " + step.node()
                        + " gave the channel up or went away. See what it does to its node, then try again.",
                Map.of("tries", tries, "limit", Limits.CLEANUP_TRIES_MAX));
    }

    static Problem cutOffInRollback(RunStep step) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "It was cut off, because the execution is rolled back and node " + step.node()
                        + " gave the channel up or went away.");
    }

    private Problem invalidState(String detail, CleanupName task) {
        return Problem.of(
                ErrorCode.INVALID_STATE, COMPONENT, detail, Map.of("channel", channel.value(), "task", task.value()));
    }

    private static String joined(List<DependencyReport.Edge> edges) {
        return edges.stream().map(DependencyReport.Edge::toString).collect(Collectors.joining(", "));
    }
}
