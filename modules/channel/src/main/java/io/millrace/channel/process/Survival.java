package io.millrace.channel.process;

/** How long a process goes on that nobody of its node looks after any more; never beyond the end of its lease. */
public enum Survival {
    /** Not at all: it is ended at once. */
    NONE,
    /** If its node or its channel fails, so that the next life of them can take it over. Who stops the node ends it. */
    FAILURE,
    /** Also if its node is stopped in an orderly way, for as long as a restart may take. */
    RESTART
}
