package io.millrace.channel.cleanup;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.RunCause;

/**
 * Takes in who wants tasks executed, taken back, or their graph looked at. Tasks of other channels on which the graph
 * depends are looked at first.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupExecutions {
    private final CleanupStore store;
    private final CleanupRequests requests;
    private final RemoteTasks remote;
    private final CleanupRuns runs;

    CleanupExecutions(CleanupStore store, CleanupRequests requests, RemoteTasks remote, CleanupRuns runs) {
        this.store = store;
        this.requests = requests;
        this.remote = remote;
        this.runs = runs;
    }

    void execute(CleanupManager.Execute execute) {
        requests.find(execute.task(), execute, task -> {
            var waiter = CleanupWaiters.waiter(execute.replyTo(), false, execute.waitMillis());
            remote.see(task.name(), new CleanupManager.ExecuteThen(RunCause.TASK, task.name(), waiter));
        });
    }

    void executeAll(CleanupManager.ExecuteAll execute) {
        var waiter = CleanupWaiters.waiter(execute.replyTo(), false, execute.waitMillis());
        remote.see(null, new CleanupManager.ExecuteThen(RunCause.CHANNEL, null, waiter));
    }

    void rollback(CleanupManager.Rollback rollback) {
        requests.find(
                rollback.task(),
                rollback,
                task -> runs.rollback(
                        task.name(),
                        CleanupWaiters.waiter(rollback.replyTo(), true, Limits.CLEANUP_WAIT_MAX.toMillis())));
    }

    void validateDependencies(CleanupManager.ValidateDependencies validate) {
        requests.find(
                validate.task(),
                validate,
                task -> remote.see(task.name(), new CleanupManager.ReportThen(task.name(), validate.replyTo())));
    }

    /** The graph of a task was looked at, also where it lies in other channels. */
    void graphSeen(CleanupManager.GraphSeen seen) {
        switch (seen.request()) {
            case CleanupManager.ExecuteThen(var cause, var root, var waiter) -> {
                Problem problem = seen.problem() == null ? remote.problemOf(root, seen.found()) : seen.problem();
                if (problem == null) {
                    runs.execute(cause, root, waiter);
                } else {
                    store.tell(waiter.replyTo, new ManagerReply.Refused(problem));
                }
            }
            case CleanupManager.ReportThen(var root, var replyTo) ->
                store.tell(
                        replyTo,
                        seen.problem() == null
                                ? new CleanupManager.Dependencies(remote.report(root, seen.found()))
                                : new ManagerReply.Refused(seen.problem()));
        }
    }
}
