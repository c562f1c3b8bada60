package io.millrace.api.v1;

import java.util.Set;

/**
 * Every operation of the HTTP contract that this version offers. The router and the OpenAPI document are both held
 * against this table.
 *
 * <p>A path template has literal segments, parameters such as {@code {job}}, and perhaps a custom method behind a colon in
 * its last segment.
 */
public enum Operation {
    GET_INDEX(Method.GET, "/", "Points to what the server offers"),
    GET_OPEN_API(Method.GET, "/openapi.json", "This interface as an OpenAPI 3.1 document"),

    LIST_CHANNELS(Method.GET, "/v1/channels", "Lists channels by name", "pageSize", "pageToken"),
    GET_CHANNEL(Method.GET, "/v1/channels/{channel}", "Shows a channel"),
    PUT_CHANNEL(Method.PUT, "/v1/channels/{channel}", "Creates a channel or replaces its specification"),
    DELETE_CHANNEL(Method.DELETE, "/v1/channels/{channel}", "Drains a channel, cleans it up and removes it"),
    GET_OPERATION(Method.GET, "/v1/operations/{operation}", "Shows the deletion of a channel and what it gave back"),
    PAUSE_CHANNEL(Method.POST, "/v1/channels/{channel}:pause", "Stops starting jobs; running ones go on"),
    RESUME_CHANNEL(Method.POST, "/v1/channels/{channel}:resume", "Starts jobs again and accepts new ones"),
    DRAIN_CHANNEL(Method.POST, "/v1/channels/{channel}:drain", "Refuses new jobs and finishes accepted ones"),
    PURGE_CHANNEL(Method.POST, "/v1/channels/{channel}:purge", "Cancels every job that has not started"),

    LIST_JOBS(
            Method.GET,
            "/v1/jobs",
            "Lists jobs of all channels, newest first",
            "state",
            "kind",
            "label",
            "since",
            "until",
            "pageSize",
            "pageToken"),
    LIST_CHANNEL_JOBS(
            Method.GET,
            "/v1/channels/{channel}/jobs",
            "Lists jobs of a channel, newest first",
            "state",
            "kind",
            "label",
            "since",
            "until",
            "pageSize",
            "pageToken"),
    SUBMIT_JOB(Method.POST, "/v1/channels/{channel}/jobs", "Accepts a job durably"),
    SUBMIT_JOBS(Method.POST, "/v1/channels/{channel}/jobs:batchCreate", "Accepts up to 10,000 jobs, all or none"),
    GET_JOB(Method.GET, "/v1/channels/{channel}/jobs/{job}", "Shows a job"),
    CANCEL_JOB(Method.POST, "/v1/channels/{channel}/jobs/{job}:cancel", "Cancels a job"),
    RETRY_JOB(
            Method.POST,
            "/v1/channels/{channel}/jobs/{job}:retry",
            "Runs a failed, cancelled or lost job again as the same job"),
    WAIT_FOR_JOB(
            Method.POST,
            "/v1/channels/{channel}/jobs/{job}:wait",
            "Answers once the job has ended or the time is up",
            "timeout"),
    GET_JOB_WHEN_ENDED(
            Method.GET,
            "/v1/channels/{channel}/jobs/{job}:wait",
            "Answers once the job has ended or the time is up",
            "timeout"),
    LIST_ATTEMPTS(Method.GET, "/v1/channels/{channel}/jobs/{job}/attempts", "Lists the attempts of a job"),
    GET_CLEANUP_OF_JOB(
            Method.GET,
            "/v1/channels/{channel}/jobs/{job}/cleanup",
            "Shows the cleanup behind the latest attempt of a job"),
    GET_RESULT(Method.GET, "/v1/channels/{channel}/jobs/{job}/result", "Shows what an ended job came to"),

    READ_JOB_LOGS(
            Method.GET,
            "/v1/channels/{channel}/jobs/{job}/logs",
            "Reads or follows the output of a job",
            "follow",
            "after",
            "tail",
            "since",
            "until",
            "stream",
            "contains",
            "limit",
            "pageSize",
            "pageToken"),
    READ_CHANNEL_LOGS(
            Method.GET,
            "/v1/channels/{channel}/logs",
            "Reads or follows the output of all jobs and processes of a channel",
            "follow",
            "after",
            "tail",
            "since",
            "until",
            "stream",
            "contains",
            "limit",
            "pageSize",
            "pageToken"),
    REMOVE_LOGS(
            Method.DELETE,
            "/v1/channels/{channel}/logs",
            "Removes the output of a channel, or of one process of it",
            "process"),
    READ_JOB_EVENTS(
            Method.GET,
            "/v1/channels/{channel}/jobs/{job}/events",
            "Reads or follows the events of a job",
            "follow",
            "after",
            "type",
            "limit",
            "pageSize",
            "pageToken"),
    READ_CHANNEL_EVENTS(
            Method.GET,
            "/v1/channels/{channel}/events",
            "Reads or follows the events of a channel",
            "follow",
            "after",
            "type",
            "limit",
            "pageSize",
            "pageToken"),

    CREATE_THREAD(Method.POST, "/v1/channels/{channel}/threads", "Creates a thread that runs a handler"),
    LIST_THREADS(
            Method.GET,
            "/v1/channels/{channel}/threads",
            "Lists live threads and those that ended lately, newest first",
            "pageSize",
            "pageToken"),
    GET_THREAD(Method.GET, "/v1/channels/{channel}/threads/{thread}", "Shows a thread"),
    TERMINATE_THREAD(
            Method.DELETE,
            "/v1/channels/{channel}/threads/{thread}",
            "Ends a thread and says whether it is gone",
            "grace"),
    GET_THREAD_METRICS(
            Method.GET, "/v1/channels/{channel}/threads/{thread}/metrics", "Shows what a thread used so far"),
    VALIDATE_THREAD(
            Method.POST,
            "/v1/channels/{channel}/threads/{thread}:validate",
            "Checks a thread or a handle against every security boundary"),
    VERIFY_THREAD_ISOLATION(
            Method.POST,
            "/v1/channels/{channel}/threads:verifyIsolation",
            "Compares what the channel believes to run with what runs"),
    GET_THREADS_METRICS(
            Method.GET, "/v1/channels/{channel}/threads:metrics", "Shows numbers about all threads of a channel"),

    ACQUIRE_LOCK(
            Method.POST,
            "/v1/channels/{channel}/locks/{lock}:acquire",
            "Answers once the lock is held or the time is up"),
    RENEW_LOCK(Method.POST, "/v1/channels/{channel}/locks/{lock}:renew", "Starts the time to live of a lease anew"),
    RELEASE_LOCK(Method.POST, "/v1/channels/{channel}/locks/{lock}:release", "Gives a lease back"),
    LIST_LOCKS(
            Method.GET,
            "/v1/channels/{channel}/locks",
            "Lists locks that are held or waited for, by name",
            "pageSize",
            "pageToken"),
    GET_LOCK(Method.GET, "/v1/channels/{channel}/locks/{lock}", "Shows a lock, as free if nobody has it"),
    GET_LOCK_GRAPH(
            Method.GET,
            "/v1/channels/{channel}/locks:graph",
            "Shows who waits for whom, and the order in which locks were taken"),
    VERIFY_LOCK_HIERARCHY(
            Method.POST,
            "/v1/channels/{channel}/locks:verifyHierarchy",
            "Checks whether the locks held now were taken in order"),

    ALLOCATE_RESOURCE(
            Method.POST, "/v1/channels/{channel}/resources", "Answers once the resource is granted or the time is up"),
    LIST_RESOURCES(
            Method.GET,
            "/v1/channels/{channel}/resources",
            "Lists resources that are held or waited for and those that went back lately, newest first",
            "type",
            "state",
            "owner",
            "pageSize",
            "pageToken"),
    GET_RESOURCE(Method.GET, "/v1/channels/{channel}/resources/{resource}", "Shows a resource"),
    RELEASE_RESOURCE(
            Method.DELETE,
            "/v1/channels/{channel}/resources/{resource}",
            "Gives a resource back and says whether that changed anything"),
    GET_RESOURCE_METRICS(
            Method.GET, "/v1/channels/{channel}/resources/{resource}/metrics", "Shows how a resource was used so far"),
    READ_RESOURCE_CONTENT(
            Method.GET, "/v1/channels/{channel}/resources/{resource}/content", "Reads the content of a buffer"),
    WRITE_RESOURCE_CONTENT(
            Method.PUT, "/v1/channels/{channel}/resources/{resource}/content", "Replaces the content of a buffer"),
    GET_RESOURCE_CLEANUP(
            Method.GET,
            "/v1/channels/{channel}/resources/{resource}:verifyCleanup",
            "Says whether a resource is back and nothing refers to it"),
    VERIFY_RESOURCE_CLEANUP(
            Method.POST,
            "/v1/channels/{channel}/resources/{resource}:verifyCleanup",
            "Says whether a resource is back and nothing refers to it"),
    VALIDATE_RESOURCE(
            Method.POST,
            "/v1/channels/{channel}/resources/{resource}:validate",
            "Checks a resource or a handle against every security boundary"),
    VERIFY_RESOURCE_ISOLATION(
            Method.POST,
            "/v1/channels/{channel}/resources:verifyIsolation",
            "Compares what the channel believes to hold with what is really held"),
    GET_RESOURCE_LIMITS(
            Method.GET,
            "/v1/channels/{channel}/resources:limits",
            "Shows how much of one type, or of each, the channel may hold",
            "type"),
    GET_RESOURCES_METRICS(
            Method.GET,
            "/v1/channels/{channel}/resources:metrics",
            "Shows numbers about all resources of a channel, by type and tier"),

    REGISTER_CLEANUP(Method.POST, "/v1/channels/{channel}/cleanups", "Registers a cleanup task"),
    LIST_CLEANUPS(
            Method.GET, "/v1/channels/{channel}/cleanups", "Lists cleanup tasks by name", "pageSize", "pageToken"),
    GET_CLEANUP(
            Method.GET, "/v1/channels/{channel}/cleanups/{cleanup}", "Shows a cleanup task and its latest execution"),
    REMOVE_CLEANUP(
            Method.DELETE,
            "/v1/channels/{channel}/cleanups/{cleanup}",
            "Removes a cleanup task and says whether that changed anything"),
    EXECUTE_CLEANUP(
            Method.POST,
            "/v1/channels/{channel}/cleanups/{cleanup}:execute",
            "Executes a cleanup task behind everything it depends on"),
    ROLL_CLEANUP_BACK(
            Method.POST,
            "/v1/channels/{channel}/cleanups/{cleanup}:rollback",
            "Takes the latest execution of a cleanup task back"),
    VALIDATE_CLEANUP(
            Method.POST,
            "/v1/channels/{channel}/cleanups/{cleanup}:validate",
            "Checks a cleanup task or a handle against every security boundary"),
    VALIDATE_CLEANUP_DEPENDENCIES(
            Method.POST,
            "/v1/channels/{channel}/cleanups/{cleanup}:validateDependencies",
            "Shows what a cleanup task depends on and what is wrong with that"),
    GET_CLEANUP_METRICS(
            Method.GET,
            "/v1/channels/{channel}/cleanups/{cleanup}/metrics",
            "Shows how a cleanup task has done so far"),
    GET_CLEANUP_HISTORY(
            Method.GET,
            "/v1/channels/{channel}/cleanups/{cleanup}/history",
            "Lists what happened to a cleanup task, newest first",
            "pageSize",
            "pageToken"),
    GET_CLEANUPS_METRICS(
            Method.GET, "/v1/channels/{channel}/cleanups:metrics", "Shows numbers about all cleanups of a channel"),
    VERIFY_CLEANUP_ISOLATION(
            Method.POST,
            "/v1/channels/{channel}/cleanups:verifyIsolation",
            "Compares what cleanups gave back with what is really held"),
    EXECUTE_ALL_CLEANUPS(
            Method.POST,
            "/v1/channels/{channel}/cleanups:executeAll",
            "Executes every cleanup task and gives everything back that the channel holds"),

    START_PROCESS(Method.POST, "/v1/channels/{channel}/processes", "Registers a service or a command and starts it"),
    LIST_PROCESSES(
            Method.GET,
            "/v1/channels/{channel}/processes",
            "Lists processes of a channel, newest first",
            "state",
            "name",
            "label",
            "pageSize",
            "pageToken"),
    GET_PROCESS(Method.GET, "/v1/channels/{channel}/processes/{process}", "Shows a process"),
    REMOVE_PROCESS(
            Method.DELETE, "/v1/channels/{channel}/processes/{process}", "Stops a process and removes it", "wait"),
    STOP_PROCESS(
            Method.POST,
            "/v1/channels/{channel}/processes/{process}:stop",
            "Stops a process and answers once it has ended or the time is up",
            "wait"),
    RESTART_PROCESS(
            Method.POST,
            "/v1/channels/{channel}/processes/{process}:restart",
            "Stops a process if it runs, and starts it again",
            "wait"),
    SIGNAL_PROCESS(
            Method.POST, "/v1/channels/{channel}/processes/{process}:signal", "Sends a signal to a running process"),
    READ_PROCESS_LOGS(
            Method.GET,
            "/v1/channels/{channel}/processes/{process}/logs",
            "Reads or follows the output of a process",
            "follow",
            "after",
            "tail",
            "since",
            "until",
            "stream",
            "contains",
            "limit",
            "pageSize",
            "pageToken"),
    GET_PROCESSES_METRICS(
            Method.GET, "/v1/channels/{channel}/processes:metrics", "Shows numbers about all processes of a channel"),
    LIST_SCRIPTS(
            Method.GET,
            "/v1/channels/{channel}/scripts",
            "Lists what can be started in a directory of the channel's node",
            "directory");

    private final Method method;
    private final String path;
    private final String summary;

    @SuppressWarnings("ImmutableEnumChecker") // it is what Set.of gave
    private final Set<String> queryParameters;

    private final String id;

    Operation(Method method, String path, String summary, String... queryParameters) {
        this.method = method;
        this.path = path;
        this.summary = summary;
        this.queryParameters = Set.of(queryParameters);
        this.id = camelCase(name());
    }

    /** HTTP methods of the contract. */
    public enum Method {
        GET,
        PUT,
        POST,
        DELETE
    }

    /** Stable id, for example {@code submitJob}: the same in OpenAPI, metrics and clients. */
    public String id() {
        return id;
    }

    public Method method() {
        return method;
    }

    /** Path template, for example {@code /v1/channels/{channel}/jobs/{job}:cancel}. */
    public String path() {
        return path;
    }

    /** One line for people. */
    public String summary() {
        return summary;
    }

    /** Names of the query parameters it takes; any other is refused. */
    public Set<String> queryParameters() {
        return queryParameters;
    }

    private static String camelCase(String constant) {
        StringBuilder id = new StringBuilder(constant.length());
        for (int i = 0; i < constant.length(); i++) {
            char c = constant.charAt(i);
            if (c != '_') {
                id.append(i > 0 && constant.charAt(i - 1) == '_' ? c : Character.toLowerCase(c));
            }
        }
        return id.toString();
    }
}
