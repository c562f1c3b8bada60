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

    /** Output of all commands together that is kept in files. What exceeds it is dropped and counted. */
    public static final long OUTPUT_KEPT_TOTAL_BYTES_MAX = 1024L * 1024 * 1024;

    /**
     * Output that is read after the tree of a command was ended: as much as two pipes may hold. More can only come from
     * somebody else who has such a pipe open, and is not read.
     */
    public static final long OUTPUT_AFTER_END_BYTES_MAX = 2L * 1024 * 1024;

    /** How long the end of a command is only kept in memory while the node is there and has not stored it. */
    public static final Duration END_UNCONFIRMED_MAX = Duration.ofSeconds(1);

    /** How long a host that stops waits for what it killed. */
    public static final Duration STOP_MAX = Duration.ofSeconds(5);

    /** How long the output of a command that has ended is read on: a descendant may hold the pipe open for ever. */
    public static final Duration OUTPUT_CLOSE_DELAY_MAX = Duration.ofSeconds(1);

    /** Commands at one time. Another one is refused with {@code RESOURCE_LIMIT}. */
    public static final int COMMANDS_MAX = 10_000;

    /**
     * How long the start of a command may go unanswered while the host answers everything else: its program may lie on a
     * disk that does not. Then the start counts as failed, and the command is killed should it turn up.
     */
    public static final Duration START_MAX = Duration.ofSeconds(30);

    /** How long a companion may take from its start until it answers, a connection until it shows the secret. */
    public static final Duration GREETING_MAX = Duration.ofSeconds(10);

    /** How long a node that lets go of the host waits for the end of its commands, but for those that outlive it. */
    public static final Duration FAREWELL_MAX = Duration.ofMillis(500);

    /** Connections that have not shown the secret yet; another one is closed at once. */
    public static final int STRANGERS_MAX = 8;

    /** How often the node asks the host whether it lives. */
    public static final Duration PING_INTERVAL = Duration.ofMillis(500);

    /** Longest pause between two attempts to start a companion that does not come up. */
    public static final Duration COMPANION_RESTART_MAX = Duration.ofSeconds(5);

    /**
     * How long a start may wait for the next companion when one was lost. Then it is refused with {@code UNAVAILABLE}, as is
     * one that comes while {@link #COMPANION_AWAITING_MAX} wait.
     */
    public static final Duration COMPANION_AWAITED_MAX = Duration.ofSeconds(5);

    /** Starts that wait for the next companion. */
    public static final int COMPANION_AWAITING_MAX = 10_000;

    /**
     * How long a companion that runs nothing stays when its node is gone, if something that ended by itself meanwhile may
     * be taken over: until then it has the output for its next life, later only how it ended.
     */
    public static final Duration ENDS_AWAITED_MAX = Duration.ofMinutes(10);

    /** Orders the host has not answered yet; what is beyond waits in the node, which has more memory. */
    public static final long STARTS_UNANSWERED_BYTES_MAX = 4L * 1024 * 1024;

    /** Orders that wait for that in the node; beyond it starts are refused with {@code UNAVAILABLE}. */
    public static final long STARTS_WAITING_BYTES_MAX = 16L * 1024 * 1024;

    /** Arguments, environment and input of one command; with more it is refused with {@code INVALID_ARGUMENT}. */
    public static final int ORDER_BYTES_MAX = 1024 * 1024;

    /** Ends confirmed while no host was there, which the next one is told; of more the oldest are forgotten. */
    public static final int CONFIRMATIONS_WAITING_MAX = 10_000;

    /** What a companion writes about itself; then its log begins anew. */
    public static final long LOG_BYTES_MAX = 1024 * 1024;

    /** One frame between node and host; a longer one ends the connection. */
    public static final int FRAME_BYTES_MAX = 4 * 1024 * 1024;

    /** Ends that nobody has confirmed yet; of more the oldest are forgotten. */
    public static final int ENDS_KEPT_MAX = 10_000;

    /** Jobs and processes whose highest epoch is remembered; of more those are forgotten that were started the longest ago. */
    public static final int EPOCHS_REMEMBERED_MAX = 20_000;

    /**
     * How long a child that has ended is left to whoever in this process may have started it. It is collected then, so
     * that it does not stay for ever. In the companion, which has no other children, it is collected at once.
     */
    public static final Duration FOREIGN_CHILD_KEPT_MAX = Duration.ofSeconds(10);

    /**
     * Channels that one host gives a user of their own, from its start to its end. Commands of a further channel are
     * refused with {@code RESOURCE_LIMIT}.
     */
    public static final int CHANNEL_USERS_MAX = 100_000;

    /** Open files a host needs itself at {@link #COMMANDS_MAX}; commands that may have fewer do not inherit that from it. */
    public static final long HOST_OPEN_FILES_MIN = 4L * COMMANDS_MAX + 1_000;

    /** Longest file a host writes itself, with room; commands that may write less do not inherit that from it. */
    public static final long HOST_FILE_BYTES_MIN = 4 * OUTPUT_KEPT_BYTES_MAX;

    /** Time between the signal to a command that has used up its time of processors and its end. */
    public static final long CPU_SECONDS_AFTER_SIGNAL = 5;

    /**
     * What commands have on top of the host's points in the order in which the kernel ends processes when memory is short:
     * about as much as a browser gives its pages. The node and its host go after them.
     */
    public static final int OUT_OF_MEMORY_POINTS = 300;

    /** Open files a process may have however few its job declares: with fewer hardly any program could be loaded. */
    public static final long PROCESS_OPEN_FILES_MIN = 16;

    /**
     * How long a control group that does not go is tried to be removed at the end of its attempt. Then it is left to the
     * next start of the node.
     */
    public static final Duration CONTROL_GROUP_REMOVAL_MAX = Duration.ofSeconds(1);
}
