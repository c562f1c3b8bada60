package io.millrace.host.system;

import org.jspecify.annotations.Nullable;

/**
 * How a process ended. Exactly one of the two is there: an exit code of 137 and a SIGKILL are told apart.
 *
 * @param exitCode 0 to 255
 * @param signal name of the signal, for example {@code SIGKILL}
 */
public record ExitStatus(
        @Nullable Integer exitCode, @Nullable String signal) {
    /** Reads a wait status of the system; a negative one stands for a process whose end nobody saw. */
    public static ExitStatus of(int waitStatus) {
        if (waitStatus < 0) {
            return new ExitStatus(null, "UNKNOWN");
        }
        int signal = waitStatus & 0x7f;
        return signal == 0
                ? new ExitStatus((waitStatus >> 8) & 0xff, null)
                : new ExitStatus(null, Signals.name(signal));
    }
}
