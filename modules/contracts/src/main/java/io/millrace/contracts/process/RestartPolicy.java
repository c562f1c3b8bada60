package io.millrace.contracts.process;

import java.time.Duration;

/**
 * What happens when a process ends without having been stopped.
 *
 * @param mode when it is started again. Default {@link Mode#NEVER}
 * @param initialDelay wait before the first restart. Default 1 s
 * @param factor growth of the wait with each further restart, 1 to 10. Default 2
 * @param maxDelay upper bound of the wait, at most one hour. Default 1 min
 * @param max restarts in a row at most, 0 for no bound. Default 0
 * @param minUptime a run that was ready for at least this long ends the row: counting and waiting begin anew. One without
 *     a readiness check is ready as soon as it runs. Default 10 s
 */
public record RestartPolicy(
        Mode mode, Duration initialDelay, double factor, Duration maxDelay, int max, Duration minUptime) {
    public static final RestartPolicy NEVER =
            new RestartPolicy(Mode.NEVER, Duration.ofSeconds(1), 2.0, Duration.ofMinutes(1), 0, Duration.ofSeconds(10));

    /** When a process is started again. */
    public enum Mode {
        NEVER,
        /** Unless it succeeded. */
        ON_FAILURE,
        ALWAYS
    }

    /** True if a run that ended like this is followed by another, apart from {@link #max}. */
    public boolean appliesTo(boolean succeeded) {
        return mode == Mode.ALWAYS || mode == Mode.ON_FAILURE && !succeeded;
    }
}
