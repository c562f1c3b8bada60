package io.millrace.domain;

import java.time.Duration;

/**
 * The bound of every queue, payload, history and wait, with what happens at it. One place, so that the worst case can
 * be added up.
 */
public final class Limits {
    /** Jobs that may wait in one channel. One more is refused with {@code RESOURCE_LIMIT} before anything is stored. */
    public static final long QUEUED_JOBS_MAX = 1_000_000;

    /** Jobs in one batch. A larger batch is refused whole. */
    public static final int BATCH_JOBS_MAX = 10_000;

    /** Bytes of one job's specification as JSON. A larger one is refused. */
    public static final int JOB_SPEC_BYTES_MAX = 256 * 1024;

    /** Bytes of a handler's result as JSON. A larger one fails the attempt. */
    public static final int JOB_RESULT_BYTES_MAX = 256 * 1024;

    /** Bytes of one journal entry. A larger decision is written as several entries in one transaction. */
    public static final int JOURNAL_ENTRY_BYTES_MAX = 1024 * 1024;

    /** Commands decided together in one write. Further ones wait for the next write. */
    public static final int GROUP_COMMIT_COMMANDS_MAX = 512;

    /** Commands that may wait for one channel. One more is refused with {@code UNAVAILABLE}. */
    public static final int CHANNEL_STASH_MAX = 10_000;

    /** Jobs that one event names. A decision about more of them makes several events. */
    public static final int JOBS_PER_EVENT_MAX = 10_000;

    /**
     * Ended jobs a channel keeps in memory until the read model has them. At the limit it starts no further attempts. A
     * purge may pass it, for it ends the whole queue at once; ended and waiting jobs together never exceed this and
     * {@link #QUEUED_JOBS_MAX}: until there is room, new jobs are refused with {@code RESOURCE_LIMIT}.
     */
    public static final int ENDED_JOBS_HELD_MAX = 20_000;

    /**
     * Idempotency keys a channel remembers in memory although the read model has them; the oldest go first. Of those the
     * read model does not have there are never more than jobs that wait, run or are held.
     */
    public static final int IDEMPOTENCY_KEYS_HELD_MAX = 50_000;

    /**
     * Retried jobs a channel remembers in memory, to notice that a job was retried while another request looked it up; the
     * oldest go first, and look-ups that began before a forgotten one are repeated.
     */
    public static final int RETRIES_HELD_MAX = 1_000;

    /** Times a retry looks the job up in the read model; past it the request fails with {@code UNAVAILABLE}. */
    public static final int RETRY_LOOK_UPS_MAX = 3;

    /**
     * How long a channel remembers a key, so that a look-up in the read model that began before the key got there still
     * finds it here. Longer than any look-up lasts.
     */
    public static final Duration IDEMPOTENCY_KEY_HELD_MIN = Duration.ofSeconds(30);

    /** How long it can be seen what the deletion of a channel gave back. */
    public static final Duration DELETIONS_KEPT = Duration.ofDays(7);

    /** How long an idempotency key is kept. */
    public static final Duration IDEMPOTENCY_KEPT = Duration.ofHours(24);

    /** Characters of an idempotency key. A longer one is refused. */
    public static final int IDEMPOTENCY_KEY_CHARS_MAX = 255;

    /** Callers that may wait for jobs of one channel to end. One more is answered at once with the state as it is. */
    public static final int JOB_WAITERS_MAX = 10_000;

    /** Longest wait for a job to end that one request may ask for. A longer one is cut to this. */
    public static final Duration JOB_WAIT_MAX = Duration.ofMinutes(5);

    /** Bytes of one line of output; a longer line is stored as several partial ones. */
    public static final int LOG_LINE_BYTES_MAX = 64 * 1024;

    /**
     * Bytes of a sequence that controls a terminal, where these are taken out. A longer one is no sequence: its beginning is
     * taken out, the rest is text.
     */
    public static final int LOG_CONTROL_SEQUENCE_BYTES_MAX = 256;

    /** Bytes of output that travel together from a worker to the log store. */
    public static final int LOG_BLOCK_BYTES_MAX = 64 * 1024;

    /** Blocks a worker may have sent to the log store without an answer. At the limit the child's pipe fills up. */
    public static final int LOG_BLOCKS_IN_FLIGHT_MAX = 8;

    /** Bytes from the beginning of an attempt's output that are kept. */
    public static final long LOG_HEAD_BYTES_MAX = 16L << 20;

    /** Bytes from the end of an attempt's output that are kept once the head is full; what lies between is counted. */
    public static final int LOG_TAIL_BYTES_MAX = 1 << 20;

    /** Bytes of recent lines a channel keeps in memory for readers that follow. */
    public static final int LOG_RING_BYTES_MAX = 4 << 20;

    /** How long a line waits in its worker for others to travel with. */
    public static final Duration LOG_BLOCK_DELAY_MAX = Duration.ofMillis(50);

    /**
     * How often a line that has no end yet is looked at. One that was there at the last look already is shown as a partial
     * one, so that a prompt or a row of dots becomes visible within twice this time.
     */
    public static final Duration LOG_PARTIAL_LINE_INTERVAL = Duration.ofMillis(80);

    /** Longest time a written line stays in memory only. A crash loses at most this much of a running job's output. */
    public static final Duration LOG_FLUSH_DELAY_MAX = Duration.ofMillis(500);

    /**
     * Bytes of lines of one channel that are not durable yet. At the limit its workers get no credit for further blocks,
     * so their children's pipes fill up.
     */
    public static final int LOG_UNARCHIVED_BYTES_MAX = 2 << 20;

    /** Bytes of waiting lines that are written without waiting for more, over all channels of a node. */
    public static final int LOG_WRITE_BYTES_MIN = 256 * 1024;

    /** Bytes of lines in one write, over all channels of a node; further ones wait for the next write. */
    public static final int LOG_WRITE_BYTES_MAX = 4 << 20;

    /** Lines in one page of a log. */
    public static final int LOG_PAGE_LINES_MAX = 10_000;

    /** Bytes in one page of a log; fits one message between nodes. */
    public static final int LOG_PAGE_BYTES_MAX = 256 * 1024;

    /** Journal entries a channel keeps in memory for readers that follow its events. Others read the journal. */
    public static final int EVENT_RING_ENTRIES_MAX = 1_000;

    /** Bytes of the journal entries a channel keeps in memory for readers that follow its events. The oldest go first. */
    public static final int EVENT_RING_BYTES_MAX = 4 << 20;

    /** Events in one page. */
    public static final int EVENT_PAGE_MAX = 1_000;

    /** Readers that may wait for new lines or events of one channel. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int FOLLOWERS_MAX = 1_000;

    /** How long a reader waits for something new before it is answered with an empty page. */
    public static final Duration FOLLOW_WAIT_MAX = Duration.ofSeconds(10);

    /** Journal entries waiting to be written into the read model. At the limit the channel starts no further attempts. */
    public static final int PROJECTION_ENTRIES_HELD_MAX = 4_096;

    /** How long a list waits until the read model shows what was committed before the list was asked for. */
    public static final Duration READ_YOUR_WRITES_MAX = Duration.ofSeconds(2);

    /** Bytes of one message between nodes, as far as they can be chosen. A larger batch travels in parts. */
    public static final int MESSAGE_BYTES_MAX = 256 * 1024;

    /** Time after which a request between the edge and a channel is answered as unknown. */
    public static final Duration ASK_TIMEOUT = Duration.ofSeconds(10);

    /** Idle time after which a channel with no live job leaves memory. */
    public static final Duration CHANNEL_IDLE_MAX = Duration.ofMinutes(2);

    /** Time between being asked to stop and being killed, for processes and handlers. */
    public static final Duration STOP_GRACE = Duration.ofSeconds(5);

    /** How long a pipe is read on after its process and the rest of the group ended; then it is closed. */
    public static final Duration OUTPUT_CLOSE_DELAY_MAX = Duration.ofSeconds(1);

    /** Idle time after which workers and handler threads go away. */
    public static final Duration WORKER_IDLE_MAX = Duration.ofSeconds(30);

    /** Time after which a request within a channel is sent again; such requests change nothing the second time. */
    public static final Duration MANAGER_ANSWER_MAX = Duration.ofSeconds(5);

    /** Times a step of a cleanup is tried. Past it the step has failed and the channel gets a condition. */
    public static final int CLEANUP_TRIES_MAX = 4;

    /** Ended cleanups of a channel that can be inspected; the oldest go first. */
    public static final int CLEANUPS_KEPT_MAX = 100;

    /**
     * Steps of the ended cleanups of a channel that can be inspected; the oldest cleanups go first, and of those only how
     * each task has done is known.
     */
    public static final int CLEANUP_STEPS_KEPT_MAX = 20_000;

    /** Cleanup tasks registered in a channel. Past it registration is refused with {@code RESOURCE_LIMIT}. */
    public static final int CLEANUP_TASKS_MAX = 1_000;

    /** Cleanup tasks one job may declare. */
    public static final int CLEANUP_TASKS_PER_JOB_MAX = 50;

    /** Tasks one cleanup task may depend on. */
    public static final int CLEANUP_DEPENDENCIES_MAX = 32;

    /** Stored form of a cleanup task. A larger one is refused with {@code INVALID_ARGUMENT}. */
    public static final int CLEANUP_TASK_BYTES_MAX = 16 * 1024;

    /** Time for a cleanup step that names none. */
    public static final Duration CLEANUP_STEP_TIMEOUT = Duration.ofSeconds(30);

    /** Longest time a cleanup step may be given; a longer one is refused. */
    public static final Duration CLEANUP_STEP_TIMEOUT_MAX = Duration.ofHours(1);

    /** Cleanup steps of one channel that act at the same time; the others wait. */
    public static final int CLEANUP_STEPS_PARALLEL_MAX = 16;

    /** Executions of cleanups that one channel may have under way or waiting. Past it they are refused. */
    public static final int CLEANUP_RUNS_MAX = 100;

    /** Callers that may wait for the ends of cleanups of one channel; one more is answered at once with how far it is. */
    public static final int CLEANUP_WAITERS_MAX = 1_000;

    /** Longest wait of a caller for the end of a cleanup; it goes on behind it. */
    public static final Duration CLEANUP_WAIT_MAX = Duration.ofMinutes(1);

    /**
     * Time that a cleanup manager may take to ask others before it answers or begins to wait: managers of its channel, and
     * channels that tasks depend on.
     */
    public static final Duration CLEANUP_INQUIRIES_MAX = MANAGER_ANSWER_MAX.multipliedBy(4);

    /**
     * A channel that leaves its node waits so long for steps of cleanups that run no command, and is gone within {@link
     * #STOP_GRACE} then. What still acts is cut off, and started again in the channel's next life if it may be.
     */
    public static final Duration CLEANUPS_LEAVE_MAX = Duration.ofSeconds(4);

    /** Lines of history kept of each cleanup task; the oldest go first. */
    public static final int CLEANUP_HISTORY_MAX = 200;

    /** Channels and tasks of other channels that are looked at for one cleanup task. Past it the graph is refused. */
    public static final int CLEANUP_GRAPH_MAX = 2_000;

    /**
     * Services and commands of one channel, ended ones included. For one more the one that ended longest ago and that no
     * other depends on is removed; if there is none, it is refused with {@code RESOURCE_LIMIT}.
     */
    public static final int PROCESSES_MAX = 200;

    /** Processes one process may depend on. With more it is refused with {@code INVALID_ARGUMENT}. */
    public static final int PROCESS_DEPENDENCIES_MAX = 32;

    /** Requests with a key whose process is remembered, per channel; the oldest go first, also before their time. */
    public static final int PROCESS_KEYS_MAX = 1_000;

    /** Runs in a row that did not stay up for long, from which on a process is said to be in a crash loop. */
    public static final int PROCESS_CRASHES_MIN = 3;

    /** By which part of it a delay before a restart varies at most, so that what failed together does not start together. */
    public static final double PROCESS_RESTART_JITTER = 0.1;

    /** Characters of a command that an event shows. What is longer is abbreviated. */
    public static final int PROCESS_COMMAND_CHARS_MAX = 500;

    /** Queues and mailboxes a channel's attempts may declare at once. */
    public static final int DECLARED_CHANNELS_MAX = 100;

    /** Labels of a job or channel. */
    public static final int LABELS_MAX = 32;

    /** Characters of a label's key or value, and of a job's name. */
    public static final int LABEL_CHARS_MAX = 200;

    /** Attempts of a job, chosen and manual ones together. */
    public static final int ATTEMPTS_MAX = 1_000;

    /** Bytes of an event's data published by a handler. */
    public static final int EVENT_DATA_BYTES_MAX = 16 * 1024;

    /** Events one attempt of a handler may publish; further ones are dropped, and its output says so. */
    public static final int EVENTS_PER_ATTEMPT_MAX = 10_000;

    /** How long a request for a lock waits if it does not say. */
    public static final Duration LOCK_WAIT = Duration.ofSeconds(10);

    /** Longest wait for a lock. A longer one is refused. */
    public static final Duration LOCK_WAIT_MAX = Duration.ofMinutes(5);

    /** Time to live of a lease if its request does not say. */
    public static final Duration LEASE_TTL = Duration.ofSeconds(30);

    /** Shortest time to live of a lease. A shorter one is refused. */
    public static final Duration LEASE_TTL_MIN = Duration.ofSeconds(1);

    /** Longest time to live of a lease. A longer one is refused. */
    public static final Duration LEASE_TTL_MAX = Duration.ofMinutes(10);

    /** Highest level of a lock. A higher one is refused. */
    public static final int LOCK_LEVEL_MAX = 1_000_000;

    /** Leases of one channel at a time. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int LEASES_MAX = 10_000;

    /**
     * How long a release that was answered may wait to be stored together with something else; timers add up to 10 ms. A
     * node that dies meanwhile leaves a lease that runs out.
     */
    public static final Duration RELEASE_UNSTORED_MAX = Duration.ofMillis(10);

    /** Requests that may wait for locks of one channel. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int LOCK_WAITERS_MAX = 1_000;

    /** Pairs of locks whose order a channel remembers; the least recently seen go first, and are learnt again. */
    public static final int LOCK_ORDERS_MAX = 10_000;

    /**
     * Ended attempts a channel remembers so that a request of theirs that arrives late gets no lock; the oldest go first,
     * long after any message of theirs can be on its way.
     */
    public static final int ENDED_LOCK_OWNERS_MAX = 10_000;

    /** Locks one job may declare. More are refused. */
    public static final int LOCKS_PER_JOB_MAX = 16;

    /** Characters of the name of whoever owns a lock or a resource. A longer one is refused. */
    public static final int OWNER_CHARS_MAX = 200;

    /** Threads of one channel that may wait for a slot. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int THREADS_WAITING_MAX = 1_000;

    /** Ended threads of one channel that can still be shown; the oldest go first. */
    public static final int THREADS_ENDED_MAX = 200;

    /** Characters of the results of ended threads that one channel keeps; the oldest of these threads are forgotten first. */
    public static final int THREAD_RESULT_CHARS_MAX = 4 << 20;

    /** Time a handler has to see that it should end before its thread is interrupted. */
    public static final Duration INTERRUPT_DELAY = Duration.ofMillis(100);

    /** How often a handler that would not end is interrupted again. */
    public static final Duration INTERRUPT_AGAIN_INTERVAL = Duration.ofSeconds(2);

    /** Longest grace that a termination may ask for. A longer one is refused. */
    public static final Duration TERMINATION_GRACE_MAX = Duration.ofMinutes(5);

    /** Stack size of a handler's thread. Smaller and larger ones are refused. */
    public static final long STACK_BYTES_MIN = 64L << 10;

    public static final long STACK_BYTES_MAX = 64L << 20;

    /** How often a channel whose threads were used checks that it is isolated. */
    public static final Duration ISOLATION_CHECK_INTERVAL = Duration.ofSeconds(30);

    /** Longest wait for a resource. A longer one is refused. */
    public static final Duration RESOURCE_WAIT_MAX = Duration.ofMinutes(5);

    /** Shortest time to live of a resource. A shorter one is refused. */
    public static final Duration RESOURCE_TTL_MIN = Duration.ofSeconds(1);

    /** Longest time to live of a resource. A longer one is refused. */
    public static final Duration RESOURCE_TTL_MAX = Duration.ofHours(24);

    /**
     * What an attempt holds for longer than this is noted in the journal, and at most once in this time, so that it is known
     * when its node is lost. What is held for less leaves no trace.
     */
    public static final Duration RESOURCES_NOTED_AFTER = Duration.ofSeconds(1);

    /** Resources of one type that are named in such a note, or in what a cleanup says of its returns; others are counted. */
    public static final int RESOURCES_NOTED_IDS_MAX = 20;

    /** Resources of one channel that are held or waited for. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int RESOURCES_MAX = 10_000;

    /** Wishes that may wait for resources of one channel. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int RESOURCE_WAITERS_MAX = 1_000;

    /** Resources that went back and can still be shown, per channel; the oldest go first. */
    public static final int RESOURCES_RELEASED_MAX = 200;

    /** Resources that one message between nodes lists, which takes about half a megabyte; further ones follow in others. */
    public static final int RESOURCES_PER_MESSAGE_MAX = 1_000;

    /** Holders of resources, and waiters, that a node names in one answer about all its channels; others are only counted. */
    public static final int RESOURCE_HOLDERS_PER_NODE_MAX = 2_000;

    /** Requests with a key that one manager of a channel remembers; the oldest go first. */
    public static final int REQUEST_KEYS_MAX = 1_000;

    /** Bytes of the largest buffer, and of its content in one request. */
    public static final int BUFFER_BYTES_MAX = 1 << 20;

    /** Unused time after which a buffer's memory goes back to the system. */
    public static final Duration BUFFER_IDLE_MAX = Duration.ofMinutes(1);

    /** How often a buffer that was still being accessed when it was given back is tried again. */
    public static final Duration BUFFER_RETURN_INTERVAL = Duration.ofMillis(50);

    /** Longest time the end of an embedded database's server goes unnoticed. */
    public static final Duration DATABASE_WATCH_INTERVAL = Duration.ofMillis(250);

    /**
     * Delay before an embedded database's server that did not start again is tried the next time. It doubles from try to
     * try, up to {@link #DATABASE_RESTART_DELAY_MAX}.
     */
    public static final Duration DATABASE_RESTART_DELAY_MIN = Duration.ofMillis(200);

    /** Longest delay between two tries to start an embedded database's server again; tries do not end. */
    public static final Duration DATABASE_RESTART_DELAY_MAX = Duration.ofSeconds(10);

    /** Bytes of one file that is read to find scripts. A larger one is left out with a warning. */
    public static final int SCRIPT_FILE_BYTES_MAX = 1 << 20;

    /** Bytes of all files that are read for one listing of scripts. Past it no further file is read. */
    public static final int SCRIPT_BYTES_MAX = 64 << 20;

    /** Entries of directories looked at to find scripts. Past it no further members or programs are looked for. */
    public static final int SCRIPT_ENTRIES_MAX = 10_000;

    /** Levels of directories below the one that was named, and above it, that are looked at to find scripts. */
    public static final int SCRIPT_DEPTH_MAX = 5;

    /** Levels of values within values of a file that is read to find scripts. A deeper one is left out with a warning. */
    public static final int SCRIPT_VALUE_DEPTH_MAX = 50;

    /** Values of a file that is read to find scripts, once its references are followed. A file of more is left out. */
    public static final int SCRIPT_VALUES_MAX = 100_000;

    /** Members of a monorepo that are looked at to find scripts. Further ones are left out with a warning. */
    public static final int SCRIPT_MEMBERS_MAX = 200;

    /** Scripts in one listing. Further ones are left out with a warning. */
    public static final int SCRIPTS_MAX = 1_000;

    /** Characters of a script's name, and of its description. A longer name is left out, a longer description is cut. */
    public static final int SCRIPT_TEXT_CHARS_MAX = 200;

    /** Warnings in one listing of scripts. Further ones are not told. */
    public static final int SCRIPT_WARNINGS_MAX = 100;

    /** Characters of a process's command, environment, labels and directory together. With more it is refused. */
    public static final int PROCESS_SPEC_CHARS_MAX = 32 * 1024;

    /** Removals of output of one channel that may wait for each other. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int LOG_REMOVALS_MAX = 32;

    /** Longest wait of a request for its output to be removed. The removal goes on. */
    public static final Duration LOG_REMOVAL_WAIT_MAX = Duration.ofSeconds(30);

    /** Requests that may wait for one process to run or to end. One more is answered at once with the state as it is. */
    public static final int PROCESS_WAITERS_MAX = 32;

    /** Longest wait for a process that one request may ask for. A longer one is cut to this. */
    public static final Duration PROCESS_WAIT_MAX = Duration.ofMinutes(1);

    /** Time in which all processes of a channel are stopped; what is left of them then is killed. */
    public static final Duration PROCESSES_STOP_MAX = Duration.ofSeconds(20);

    /** Longest time one try may take to find out whether a process is ready. */
    public static final Duration READINESS_TRY_MAX = Duration.ofSeconds(1);

    /** Longest time a command may take that finds that out. Then it is killed, and the process is not ready yet. */
    public static final Duration READINESS_COMMAND_MAX = Duration.ofSeconds(10);

    /** Characters that are kept of what such a command writes: the last ones. */
    public static final int HOOK_OUTPUT_CHARS_MAX = 2_000;

    /** Pause between the first two such tries. It doubles up to {@link #READINESS_DELAY_MAX}. */
    public static final Duration READINESS_DELAY_MIN = Duration.ofMillis(250);

    /** Longest pause between two such tries. */
    public static final Duration READINESS_DELAY_MAX = Duration.ofSeconds(1);

    /** Characters of a regular expression that finds the line by which a process says that it is ready. */
    public static final int READINESS_PATTERN_CHARS_MAX = 512;

    /** Listeners to the output of the processes of one channel. One more is refused with {@code RESOURCE_LIMIT}. */
    public static final int LINE_LISTENERS_MAX = 100;

    /** Lines that wait for one listener. Further ones are dropped and counted, and the listener is told how many. */
    public static final int LISTENER_LINES_MAX = 10_000;

    /** Characters of the lines that wait for one listener. Beyond it lines are dropped in the same way. */
    public static final int LISTENER_CHARS_MAX = 4 << 20;

    /**
     * Incidents of the cluster. For one more the one that was closed first goes, then the one that was resolved first; if
     * all are active, it is not taken in, and the node that reported it says so in its log.
     */
    public static final int INCIDENTS_MAX = 1_000;

    /** How long a closed incident is kept at most. */
    public static final Duration INCIDENT_KEPT_MAX = Duration.ofDays(30);

    /** Time after which a resolved incident is closed. */
    public static final Duration INCIDENT_RESOLVED_MAX = Duration.ofDays(7);

    /** How often the incident manager looks whose time is over. */
    public static final Duration INCIDENT_CHECK_INTERVAL = Duration.ofSeconds(10);

    /** Entries of an incident's timeline. Beyond it the oldest ones behind the first go, and are counted. */
    public static final int INCIDENT_TIMELINE_MAX = 100;

    /** Occurrences an incident remembers, so that none counts twice; the oldest go first. */
    public static final int INCIDENT_OCCURRENCES_MAX = 50;

    /** Incidents that are parts of one incident. With more a merge is refused with {@code RESOURCE_LIMIT}. */
    public static final int INCIDENT_CHILDREN_MAX = 100;

    /** Characters of each text of an incident. What is longer is cut. */
    public static final int INCIDENT_TEXT_CHARS_MAX = 1_000;

    /** Characters of an incident's title and subject. What is longer is cut. */
    public static final int INCIDENT_TITLE_CHARS_MAX = 200;

    /** Incidents that one message between nodes lists; further ones follow in others. */
    public static final int INCIDENTS_PER_MESSAGE_MAX = 50;

    /**
     * Reports about incidents that a node holds until the incident manager has stored them. One more is dropped and
     * counted; what it was about stays a condition of its channel.
     */
    public static final int INCIDENT_REPORTS_HELD_MAX = 1_000;

    /** Pause before such a report is sent again. It doubles up to {@link #INCIDENT_REPORT_DELAY_MAX}; tries do not end. */
    public static final Duration INCIDENT_REPORT_DELAY_MIN = Duration.ofSeconds(1);

    /** Longest pause before such a report is sent again. */
    public static final Duration INCIDENT_REPORT_DELAY_MAX = Duration.ofSeconds(30);

    private Limits() {}
}
