package io.millrace.domain.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.domain.Limits;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a caller hears when a process does not do as asked: what happened, why, and what to do next. */
final class ProcessRefusals {
    private static final String COMPONENT = ProcessProblems.COMPONENT;

    private final ChannelName channel;

    ProcessRefusals(ChannelName channel) {
        this.channel = channel;
    }

    Problem unknown(String process) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "The channel '" + channel + "' has no process '" + process
                        + "'. It may have been removed. GET /v1/channels/" + channel + "/processes lists those it has.",
                Map.of("channel", channel.value()));
    }

    Problem nameTaken(ProcessName process) {
        return Problem.of(
                ErrorCode.ALREADY_EXISTS,
                COMPONENT,
                "The channel '" + channel + "' has a process '" + process
                        + "' already. Nothing was started. Run that one again with POST " + path(process)
                        + ":restart, remove it with DELETE, or choose another name.",
                Map.of("channel", channel.value(), "process", process.value()));
    }

    Problem tooManyProcesses() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The channel '" + channel + "' has " + Limits.PROCESSES_MAX
                                + " processes that have not ended or that others depend on, which is the most it may "
                                + "have. Nothing was started. Stop or remove some first.",
                        Map.of("channel", channel.value(), "limit", Limits.PROCESSES_MAX))
                .retryAfter(Limits.STOP_GRACE);
    }

    Problem tooManyDependencies(ProcessSpec spec) {
        int count = spec.dependsOn().size();
        return Problem.invalid(
                COMPONENT,
                "The process '" + spec.name() + "' depends on " + count + " others, and "
                        + Limits.PROCESS_DEPENDENCIES_MAX
                        + " is the most. Nothing was started. Let it depend on the last ones only.",
                List.of(new Violation(
                        "dependsOn", "must have at most " + Limits.PROCESS_DEPENDENCIES_MAX + " elements")));
    }

    Problem circle(ProcessName process, Collection<ProcessName> circle) {
        String members = circle.stream().map(ProcessName::value).collect(Collectors.joining(", "));
        Problem problem = Problem.invalid(
                COMPONENT,
                "The process '" + process + "' would never start, because these wait for each other: " + members
                        + ". Nothing was started. Leave one of their dependencies out.",
                List.of(new Violation("dependsOn", "must not lead back to the process itself: " + members)));
        return new Problem(
                problem.code(),
                problem.component(),
                problem.detail(),
                Map.of("circle", members),
                problem.violations(),
                problem.retryAfter());
    }

    Problem beingRemoved(ProcessName process) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The process '" + process
                        + "' is being removed and cannot be started again. Start it as a new one with "
                        + "POST /v1/channels/" + channel + "/processes once it is gone.",
                Map.of("process", process.value()));
    }

    Problem notRunning(ProcessEntry process) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The process '" + process.name() + "' is " + process.state()
                        + " and has no run on this node that a signal could be sent to. Nothing was sent. GET "
                        + path(process.name()) + " says what it waits for.",
                Map.of(
                        "process",
                        process.name().value(),
                        "state",
                        process.state().name()));
    }

    Problem keyReused(String key) {
        return Problem.invalid(
                COMPONENT,
                "The Idempotency-Key '" + key
                        + "' was used before with another request body. Nothing was started. Send "
                        + "the same body again to get its result, or choose a new key.",
                List.of(new Violation("Idempotency-Key", "was used with another request body")));
    }

    Problem keyOfRemoved(UsedKey known) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "The process " + known.process() + " that was started with the Idempotency-Key '" + known.key()
                        + "' has been removed. Nothing was started. Choose a new key to start another one.",
                Map.of("channel", channel.value()));
    }

    private String path(ProcessName process) {
        return "/v1/channels/" + channel + "/processes/" + process.inPath();
    }
}
