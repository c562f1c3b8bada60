package io.millrace.host;

import java.time.Duration;

/** Every bound of the process host, by name. What happens at each is said there. */
public final class HostLimits {
    private HostLimits() {}

    /** Longest time a lease may lie ahead of the clock; a longer one is cut to it. */
    public static final Duration LEASE_MAX = Duration.ofMinutes(5);

    /** How late a lease that has run out may be noticed (the K of the promise that no two attempts of a job live at once). */
    public static final Duration LEASE_LATENESS_MAX = Duration.ofSeconds(1);

    /** A host that answers nothing for so long counts as dead: the node kills it and everything it started. */
    public static final Duration ANSWER_MAX = Duration.ofSeconds(2);

    /** One piece of output on its way to the node; the next one of the same command waits until this one was taken. */
    public static final int OUTPUT_PIECE_BYTES_MAX = 64 * 1024;

    /** Pieces of all commands on their way to the node; beyond it nothing more is read until the node has taken some. */
    public static final int OUTPUT_WAITING_BYTES_MAX = 4 * 1024 * 1024;

    /**
     * How long a command may wait for the node to take its output. Then its output goes to a file first, so that the
     * command is not held up by a node that is gone or slow.
     */
    public static final Duration OUTPUT_STALL_MAX = Duration.ofSeconds(5);

    /** Output of one command that is kept in a file for the node. What exceeds it is dropped and counted. */
    public static final long OUTPUT_KEPT_BYTES_MAX = 16L * 1024 * 1024;

    /** How long the output of a command that has ended is read on: a descendant may hold the pipe open for ever. */
    public static final Duration OUTPUT_CLOSE_DELAY_MAX = Duration.ofSeconds(1);

    /** Commands at one time. Another one is refused with {@code RESOURCE_LIMIT}. */
    public static final int COMMANDS_MAX = 10_000;

    /** One frame between node and host; a longer one ends the connection. */
    public static final int FRAME_BYTES_MAX = 4 * 1024 * 1024;

    /** Ends that nobody has confirmed yet; of more the oldest are forgotten. */
    public static final int ENDS_KEPT_MAX = 10_000;

    /** Open files a process may have however few its job declares: with fewer hardly any program could be loaded. */
    public static final long PROCESS_OPEN_FILES_MIN = 16;

    /**
     * How long a control group that does not go is tried to be removed at the end of its attempt. Then it is left to the
     * next start of the node.
     */
    public static final Duration CONTROL_GROUP_REMOVAL_MAX = Duration.ofSeconds(1);
}
