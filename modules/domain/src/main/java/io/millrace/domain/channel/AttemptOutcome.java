package io.millrace.domain.channel;

import io.millrace.contracts.Problem;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended, as its worker saw it.
 *
 * @param kind what happened
 * @param exitCode exit code of the process, absent for other kinds or when a signal ended it
 * @param signal name of the signal that ended the process
 * @param resultJson what the handler returned, as JSON text
 * @param error why it did not succeed, absent on success
 */
public record AttemptOutcome(
        Kind kind,
        @Nullable Integer exitCode,
        @Nullable String signal,
        @Nullable String resultJson,
        @Nullable Problem error) {

    /** What happened to the attempt. */
    public enum Kind {
        SUCCEEDED,
        /** The work failed; the retry policy decides what follows. */
        FAILED,
        /** The work failed in a way no further attempt can mend, for example an unknown handler. */
        FAILED_FOR_GOOD,
        /** The time limit of the attempt passed; the retry policy decides what follows. */
        TIMED_OUT,
        /** It was stopped on request. */
        CANCELLED,
        /** It was cut off by its node or channel going away; delivery decides what follows. */
        INTERRUPTED
    }

    public static AttemptOutcome succeeded(@Nullable Integer exitCode, @Nullable String resultJson) {
        return new AttemptOutcome(Kind.SUCCEEDED, exitCode, null, resultJson, null);
    }

    public static AttemptOutcome failed(Kind kind, @Nullable Integer exitCode, @Nullable String signal, Problem error) {
        return new AttemptOutcome(kind, exitCode, signal, null, error);
    }

    public static AttemptOutcome cancelled(@Nullable Integer exitCode, @Nullable String signal) {
        return new AttemptOutcome(Kind.CANCELLED, exitCode, signal, null, null);
    }
}
