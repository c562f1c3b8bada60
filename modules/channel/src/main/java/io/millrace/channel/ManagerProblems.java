package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.time.Duration;

/** What those are told who wait for a manager when the channel, or a life of it, ends. */
public final class ManagerProblems {
    private ManagerProblems() {}

    /** @param what went with the channel, in plural */
    public static Problem deleted(String component, ChannelName channel, String what) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                component,
                "The channel '" + channel + "' was deleted, and its " + what + " with it.");
    }

    /**
     * The channel goes on, here or on another node, without the request.
     *
     * @param outcome what became of the request, and what to do next; whole sentences
     */
    public static Problem moved(String component, ChannelName channel, String outcome) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        component,
                        "The channel '" + channel + "' was moved or started again while this request waited. "
                                + outcome)
                .retryAfter(Duration.ofSeconds(1));
    }
}
