package io.millrace.domain.cleanup;

/** Why a cleanup is executed. */
public enum RunCause {
    /** Somebody asked for one task. */
    TASK,
    /** Somebody asked for the whole channel. */
    CHANNEL,
    /** An attempt has ended whose job declares tasks. */
    ATTEMPT,
    /** The channel is being deleted. */
    DELETION
}
