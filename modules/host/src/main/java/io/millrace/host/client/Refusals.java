package io.millrace.host.client;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.host.HostLimits;
import java.time.Duration;
import java.util.Map;

/** Why a command was not started, where the companion itself does not say it. Nothing of such a command runs. */
final class Refusals {
    private static final String COMPONENT = "ProcessManager";
    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);

    private Refusals() {}

    static Problem noHost() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The command was not started: the process host of the node is being started anew. Try again in"
                                + " a moment; if it stays so, the node's log says why it does not come up.")
                .retryAfter(RETRY_DELAY);
    }

    static Problem hostIsBusy() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The command was not started: more than " + HostLimits.STARTS_WAITING_BYTES_MAX
                                + " bytes of commands wait for the process host of the node. Try again in a moment.",
                        Map.of("limit", HostLimits.STARTS_WAITING_BYTES_MAX))
                .retryAfter(RETRY_DELAY);
    }

    static Problem tooManyCommands() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The command was not started: the node runs " + HostLimits.COMMANDS_MAX
                                + " already, the most it can. Wait for some of them to end, or stop some.",
                        Map.of("limit", HostLimits.COMMANDS_MAX))
                .retryAfter(RETRY_DELAY);
    }

    static Problem orderTooLong() {
        return Problem.of(
                ErrorCode.INVALID_ARGUMENT,
                COMPONENT,
                "The command was not started: its arguments, environment and input are longer than the "
                        + HostLimits.ORDER_BYTES_MAX + " bytes the process host takes. Put what is long into a file.",
                Map.of("limit", HostLimits.ORDER_BYTES_MAX));
    }

    static Problem startTookTooLong() {
        return Problem.of(
                ErrorCode.TIMEOUT,
                COMPONENT,
                "The command did not start within " + HostLimits.START_MAX.toSeconds()
                        + " s and is killed should it do so later. Its program or working directory may lie on a disk"
                        + " that does not answer: look at the node's file systems, then try again.",
                Map.of("limitMillis", HostLimits.START_MAX.toMillis()));
    }
}
