package io.millrace.api.v1;

import java.time.Duration;

/**
 * What a request may ask for at most. A request beyond one of these is refused before anything is done, with a problem
 * that names the limit (HTTP contract, sections 1 and 10).
 */
public final class RequestLimits {
    /** Bytes of a request body. More is refused with status 413. */
    public static final long BODY_BYTES_MAX = 8L << 20;

    /** Bytes of the body of a batch. More is refused with status 413. */
    public static final long BATCH_BODY_BYTES_MAX = 64L << 20;

    /** Jobs in one batch. A larger batch is refused whole. */
    public static final int BATCH_JOBS_MAX = 10_000;

    /** Bytes of one job as JSON. */
    public static final int JOB_BYTES_MAX = 256 * 1024;

    /** Objects and arrays inside one another. */
    public static final int JSON_DEPTH_MAX = 50;

    /** Characters of one number. */
    public static final int JSON_NUMBER_CHARS_MAX = 100;

    /** Characters of one string. */
    public static final int JSON_STRING_CHARS_MAX = 1 << 20;

    /** Characters of one field name. */
    public static final int JSON_NAME_CHARS_MAX = 10_000;

    /** Labels of a job or channel. */
    public static final int LABELS_MAX = 32;

    /** Characters of a label's key or value, of a job's name and of a handler's name. */
    public static final int NAME_CHARS_MAX = 200;

    /** Variables given to a process. */
    public static final int ENV_MAX = 1_000;

    /** Attempts a retry policy may ask for. */
    public static final int RETRY_ATTEMPTS_MAX = 100;

    /** Growth of the wait between attempts. */
    public static final double RETRY_FACTOR_MAX = 100;

    /** Declared resources of one job. */
    public static final int RESOURCES_MAX = 64;

    /** Declared locks of one job. */
    public static final int LOCKS_MAX = 16;

    /** Exit codes a retry policy may name. */
    public static final int EXIT_CODES_MAX = 256;

    /** Violations listed in one problem; further ones are not looked for. */
    public static final int VIOLATIONS_MAX = 100;

    /** Longest duration a request may name. */
    public static final Duration DURATION_MAX = Duration.ofDays(3650);

    /** Items on a page when the request does not say. */
    public static final int PAGE_SIZE_DEFAULT = 50;

    /** Items on a page. */
    public static final int PAGE_SIZE_MAX = 1_000;

    /** Log lines on a page when the request does not say. */
    public static final int LOG_LINES_DEFAULT = 1_000;

    /** Log lines on a page. */
    public static final int LOG_LINES_MAX = 10_000;

    /** Wait for a job to end when the request does not say. */
    public static final Duration JOB_WAIT_DEFAULT = Duration.ofSeconds(30);

    /** Wait for a job to end. A longer one is cut to this. */
    public static final Duration JOB_WAIT_MAX = Duration.ofMinutes(5);

    /** Characters of an idempotency key. */
    public static final int IDEMPOTENCY_KEY_CHARS_MAX = 255;

    /** Execution slots of one channel. */
    public static final int CHANNEL_THREADS_MAX = 10_000;

    /** Jobs that may wait in one channel. */
    public static final long CHANNEL_QUEUE_MAX = 1_000_000;

    /** Bytes, files, buffers or processes one channel may hold. */
    public static final long CHANNEL_AMOUNT_MAX = 1L << 40;

    /** Events a channel keeps for readers. */
    public static final int CHANNEL_EVENTS_MAX = 1_000_000;

    /** Smallest stack of a thread. */
    public static final long STACK_BYTES_MIN = 64L << 10;

    /** Largest stack of a thread. */
    public static final long STACK_BYTES_MAX = 64L << 20;

    /** Processors that can be named, from 0. */
    public static final int PROCESSORS_MAX = 1_024;

    /** Time a thread has to end when the request does not say. */
    public static final Duration TERMINATION_GRACE_DEFAULT = Duration.ofSeconds(5);

    /** Time a thread may be given to end. */
    public static final Duration TERMINATION_GRACE_MAX = Duration.ofMinutes(5);

    /** Wait for a lock. */
    public static final Duration LOCK_WAIT_MAX = Duration.ofMinutes(5);

    /** Shortest time to live of a lease. */
    public static final Duration LEASE_TTL_MIN = Duration.ofSeconds(1);

    /** Longest time to live of a lease. */
    public static final Duration LEASE_TTL_MAX = Duration.ofMinutes(10);

    /** Highest level of a lock. */
    public static final int LOCK_LEVEL_MAX = 1_000_000;

    /** Characters of the name of whoever owns a lock or a resource. */
    public static final int OWNER_CHARS_MAX = 200;

    /** Characters of what is said about an incident. */
    public static final int NOTE_CHARS_MAX = 1_000;

    /** Wait for a resource. */
    public static final Duration RESOURCE_WAIT_MAX = Duration.ofMinutes(5);

    /** Shortest time to live of a resource. */
    public static final Duration RESOURCE_TTL_MIN = Duration.ofSeconds(1);

    /** Longest time to live of a resource. */
    public static final Duration RESOURCE_TTL_MAX = Duration.ofHours(24);

    /** Bytes of the largest buffer, and so of the body that can become its content. More is refused with status 413. */
    public static final int BUFFER_BYTES_MAX = 1 << 20;

    /** Bytes of a cleanup task as it is stored. */
    public static final int CLEANUP_TASK_BYTES_MAX = 16 * 1024;

    /** Cleanup tasks of one job. */
    public static final int CLEANUP_TASKS_PER_JOB_MAX = 50;

    /** Tasks one cleanup task depends on. */
    public static final int CLEANUP_DEPENDENCIES_MAX = 32;

    /** Channels one cleanup task names as those that may depend on it. */
    public static final int CLEANUP_DEPENDENTS_MAX = 32;

    /** Time for a step of a cleanup when the request does not say. */
    public static final Duration CLEANUP_TIMEOUT_DEFAULT = Duration.ofSeconds(30);

    /** Time a step of a cleanup may be given. */
    public static final Duration CLEANUP_TIMEOUT_MAX = Duration.ofHours(1);

    /** Wait for the end of a cleanup, which goes on behind it. A longer one is cut to this. */
    public static final Duration CLEANUP_WAIT_MAX = Duration.ofMinutes(1);

    /** Characters of a process's command, environment, labels and directory together. */
    public static final int PROCESS_CHARS_MAX = 32 * 1024;

    /** Processes one process depends on. */
    public static final int PROCESS_DEPENDENCIES_MAX = 32;

    /** Shortest time for a run of a process to be ready. */
    public static final Duration PROCESS_START_TIMEOUT_MIN = Duration.ofMillis(1);

    /** Longest time for a run of a process to be ready. */
    public static final Duration PROCESS_START_TIMEOUT_MAX = Duration.ofHours(1);

    /** Time a process may be given to end when it is stopped, before it is killed. */
    public static final Duration PROCESS_STOP_GRACE_MAX = Duration.ofMinutes(10);

    /** Wait before a process is started again, and the time after which it counts as up. */
    public static final Duration RESTART_DELAY_MAX = Duration.ofHours(1);

    /** Growth of the wait between restarts. */
    public static final double RESTART_FACTOR_MAX = 10;

    /** Restarts in a row that a policy may allow. */
    public static final int RESTARTS_MAX = 1_000_000;

    /** Characters of the address that says whether a process is ready. */
    public static final int READINESS_URL_CHARS_MAX = 2_000;

    /** Characters of the regular expression that finds the line by which a process says that it is ready. */
    public static final int READINESS_PATTERN_CHARS_MAX = 512;

    /** Wait for a process to be stopped or started again, which goes on behind it. A longer one is cut to this. */
    public static final Duration PROCESS_WAIT_MAX = Duration.ofMinutes(1);

    /** Wait for a process to be removed; it is removed behind it, too. A longer one is cut to this. */
    public static final Duration PROCESS_REMOVAL_WAIT_MAX = Duration.ofSeconds(30);

    /** Characters of a directory in a query. */
    public static final int DIRECTORY_CHARS_MAX = 4_096;

    /** Headers of an HTTP call that a cleanup makes. */
    public static final int HTTP_HEADERS_MAX = 64;

    /** Status codes that an HTTP call may name as expected. */
    public static final int HTTP_STATUS_CODES_MAX = 64;

    private RequestLimits() {}
}
