package io.millrace.api.v1;

import io.millrace.api.v1.Operation.Method;

/**
 * Operations of the HTTP contract that this version does not offer yet. They are refused by name, so that a client is not
 * left to guess whether it mistyped a path.
 */
public enum UnofferedOperation {
    LIST_SCHEDULES(Method.GET, "/v1/channels/{channel}/schedules", "Schedules are"),
    GET_SCHEDULE(Method.GET, "/v1/channels/{channel}/schedules/{schedule}", "Schedules are"),
    PUT_SCHEDULE(Method.PUT, "/v1/channels/{channel}/schedules/{schedule}", "Schedules are"),
    DELETE_SCHEDULE(Method.DELETE, "/v1/channels/{channel}/schedules/{schedule}", "Schedules are"),
    TRIGGER_SCHEDULE(Method.POST, "/v1/channels/{channel}/schedules/{schedule}:trigger", "Schedules are"),
    PAUSE_SCHEDULE(Method.POST, "/v1/channels/{channel}/schedules/{schedule}:pause", "Schedules are"),
    RESUME_SCHEDULE(Method.POST, "/v1/channels/{channel}/schedules/{schedule}:resume", "Schedules are"),
    CANCEL_JOBS(Method.POST, "/v1/channels/{channel}/jobs:cancel", "Cancelling many jobs by a filter is"),
    RETRY_JOBS(Method.POST, "/v1/channels/{channel}/jobs:retry", "Retrying many jobs by a filter is"),
    PLAN_JOB(Method.POST, "/v1/channels/{channel}/jobs:plan", "Planning a job without submitting it is");

    private final Method method;
    private final String path;
    private final String subject;

    UnofferedOperation(Method method, String path, String subject) {
        this.method = method;
        this.path = path;
        this.subject = subject;
    }

    public Method method() {
        return method;
    }

    /** Path template, as in {@link Operation#path()}. */
    public String path() {
        return path;
    }

    /** What a caller is answered. */
    public HttpProblem problem() {
        return HttpProblem.malformed(
                subject + " not offered by this version of Millrace yet. GET /openapi.json lists" + " what is.");
    }
}
