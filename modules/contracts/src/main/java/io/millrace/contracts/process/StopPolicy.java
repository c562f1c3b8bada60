package io.millrace.contracts.process;

import java.time.Duration;
import java.util.List;

/**
 * How a process is stopped (contract rows B-34 and B-183).
 *
 * @param signal sent first, to the whole group: one of {@code TERM, INT, QUIT, HUP, KILL, USR1, USR2}. Default {@code TERM}
 * @param grace then everything that is left of it is killed. 0 to 10 minutes, default 10 s
 * @param command run instead of sending the signal, beside the process, in its directory and with its variables; empty for
 *     none. The signal is sent after all if it fails. What is left of it after the grace time is killed, too
 */
public record StopPolicy(String signal, Duration grace, List<String> command) {
    public static final StopPolicy DEFAULT = new StopPolicy("TERM", Duration.ofSeconds(10));

    public StopPolicy {
        command = command == null ? List.of() : List.copyOf(command);
    }

    public StopPolicy(String signal, Duration grace) {
        this(signal, grace, List.of());
    }
}
