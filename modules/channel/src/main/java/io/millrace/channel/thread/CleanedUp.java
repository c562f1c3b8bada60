package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import java.util.List;

/**
 * An attempt was cleaned up.
 *
 * @param failures what could not be returned, empty if everything was
 */
public record CleanedUp(AttemptId attempt, List<String> failures) {
    public CleanedUp {
        failures = List.copyOf(failures);
    }
}
