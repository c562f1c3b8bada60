package io.millrace.contracts.process;

import java.time.Duration;

/**
 * How a process is stopped (contract rows B-34 and B-183).
 *
 * @param signal sent first, to the whole group: one of {@code TERM, INT, QUIT, HUP, KILL, USR1, USR2}. Default {@code TERM}
 * @param grace then everything that is left of it is killed. 0 to 10 minutes, default 10 s
 */
public record StopPolicy(String signal, Duration grace) {
    public static final StopPolicy DEFAULT = new StopPolicy("TERM", Duration.ofSeconds(10));
}
