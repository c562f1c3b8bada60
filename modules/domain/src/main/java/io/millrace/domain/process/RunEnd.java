package io.millrace.domain.process;

import io.millrace.contracts.Problem;
import org.jspecify.annotations.Nullable;

/**
 * How a run has ended, as the process host saw it.
 *
 * @param exitCode present only if it exited
 * @param signal name of the signal that ended it, for example {@code SIGKILL}; present only if one did
 * @param wasForced true if it was killed, because its grace time was over
 * @param atMillis when, in milliseconds since the epoch
 * @param problem what is known beyond that: why it could not be started, which limit had to do with it, why its end is
 *     not known; absent if nothing
 */
public record RunEnd(
        Kind kind,
        @Nullable Integer exitCode,
        @Nullable String signal,
        boolean wasForced,
        long atMillis,
        @Nullable Problem problem) {

    /** In which way. */
    public enum Kind {
        EXITED,
        SIGNALLED,
        /** Nothing of it ever ran. */
        NOT_STARTED,
        /** Its node or process host is gone, or its lease ran out: nothing of it lives, and how it would have ended is not known. */
        INTERRUPTED
    }

    public static RunEnd exited(int exitCode, boolean wasForced, long atMillis) {
        return new RunEnd(Kind.EXITED, exitCode, null, wasForced, atMillis, null);
    }

    /** @param signal for example {@code SIGKILL} */
    public static RunEnd signalled(String signal, boolean wasForced, long atMillis) {
        return new RunEnd(Kind.SIGNALLED, null, signal, wasForced, atMillis, null);
    }

    public static RunEnd notStarted(Problem problem, long atMillis) {
        return new RunEnd(Kind.NOT_STARTED, null, null, false, atMillis, problem);
    }

    /** @param problem what has cut it off */
    public static RunEnd interrupted(Problem problem, long atMillis) {
        return new RunEnd(Kind.INTERRUPTED, null, null, false, atMillis, problem);
    }

    /** The same with something that is known beyond its status. */
    public RunEnd with(Problem more) {
        return new RunEnd(kind, exitCode, signal, wasForced, atMillis, more);
    }
}
