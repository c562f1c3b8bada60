package io.millrace.channel.thread;

import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.ResourceType;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import io.millrace.host.RunListener;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the end of an attempt's work means, in the words its user reads. */
final class Outcomes {
    private static final String COMPONENT = "ThreadManager";

    private Outcomes() {}

    static AttemptOutcome ended(ProcessManager.Ended process) {
        var exitCode = process.exitCode();
        if (exitCode != null && exitCode == 0) {
            return AttemptOutcome.succeeded(0, null);
        }
        if (process.reason() != null) {
            return failed(Kind.INTERRUPTED, process, endedByHost(process.reason()));
        }
        var reached = process.limits().reached();
        return failed(
                Kind.FAILED,
                process,
                reached == null
                        ? Problem.of(
                                ErrorCode.INVALID_STATE, "ProcessManager", howItEnded(process) + addressSpace(process))
                        : limitReached(process, reached));
    }

    /** A process that was to be taken over is gone, and nobody knows how it ended. */
    static AttemptOutcome notThere(Problem problem) {
        return AttemptOutcome.failed(
                Kind.INTERRUPTED,
                null,
                null,
                Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The node was started again, and what it had left running could not be taken over: "
                                + problem.detail() + " The job's delivery decides whether it runs again."));
    }

    /** Nobody can tell what the command did until then, so the job's delivery decides what follows. */
    private static Problem endedByHost(RunListener.EndReason reason) {
        String why = switch (reason) {
            case LEASE ->
                "The process was killed at the end of its lease: the node could not make sure in time that the channel "
                        + "still belongs to it, because the database did not answer or the node stood still. Look at "
                        + "both.";
            case REPLACED ->
                "The process was killed because a newer attempt of the job was started on its node. Nothing needs to be "
                        + "done.";
            case NODE_GONE -> "The process was killed because its node was gone. Nothing needs to be done.";
            case HOST_GONE ->
                "The process host of the node ended or hung, and everything it had started was killed. Another one was "
                        + "started. Its log in the data directory of the node may say why.";
        };
        return Problem.of(
                ErrorCode.UNAVAILABLE, "ProcessManager", why + " The job's delivery decides whether it runs again.");
    }

    private static String howItEnded(ProcessManager.Ended process) {
        var signal = process.signal();
        if (signal == null) {
            return "The process ended with exit code " + process.exitCode() + ". Its output may say why.";
        }
        return switch (signal) {
            case "SIGXFSZ" ->
                "The process was ended by SIGXFSZ: a file it wrote to reached the length that is allowed on its node. "
                        + "Let it write less, or raise millrace.processes.limits.file-size.";
            case "SIGXCPU" ->
                "The process was ended by SIGXCPU: it had used up the time of processors that is allowed on its node. "
                        + "Let it do less, or raise millrace.processes.limits.cpu-time.";
            default ->
                "The process was ended by " + signal
                        + ", which Millrace did not send. Its output, or the system's log if memory was short, may say "
                        + "why.";
        };
    }

    /** The kernel does not tell that it refused address space, so that it can only be named as a possible cause. */
    private static String addressSpace(ProcessManager.Ended process) {
        long bytes = process.limits().addressSpaceBytesMax();
        return bytes == 0
                ? ""
                : " Each of its processes could reserve " + bytes
                        + " bytes of memory, as its job declares, and one that "
                        + "was refused more may end like this; then declare more memory in the job's resources.";
    }

    private static Problem limitReached(ProcessManager.Ended process, ResourceType reached) {
        long limit = process.limits().limit();
        String end = process.exitCode() != null ? "exit code " + process.exitCode() : process.signal();
        String detail = reached == ResourceType.MEMORY
                ? "The attempt needed more than the " + limit + " bytes of memory its job declares, so that the system "
                        + "ended it or a part of it; its process ended with " + end
                        + ". Declare more memory in the job's resources, or let it need less."
                : "The attempt was refused a further process or thread at its limit of " + limit
                        + ", which is its own process and those its job declares; its process ended with " + end
                        + ". Declare more processes in the job's resources, or let it start fewer.";
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT, "ProcessManager", detail, Map.of("type", reached.wireName(), "limit", limit));
    }

    /** What a refusal to start means: a request that is wrong stays wrong. */
    static AttemptOutcome notStarted(Problem problem) {
        var kind = problem.code() == ErrorCode.INVALID_ARGUMENT ? Kind.FAILED_FOR_GOOD : Kind.FAILED;
        return AttemptOutcome.failed(kind, null, null, problem);
    }

    /** A declared lock was refused: another try may find others in its way, or none. */
    static AttemptOutcome notLocked(Problem problem) {
        return problem.isTemporary() ? AttemptOutcome.failed(Kind.FAILED, null, null, problem) : failedForGood(problem);
    }

    /** Another try would look into the same files. */
    static AttemptOutcome noScript(@Nullable Throwable failure) {
        return failedForGood(
                failure instanceof MillraceException refused
                        ? refused.problem()
                        : Problem.of(
                                ErrorCode.INTERNAL,
                                COMPONENT,
                                "The directory could not be searched for the script because of a defect of Millrace: "
                                        + failure + ". Give a command instead."));
    }

    static AttemptOutcome failedForGood(Problem problem) {
        return AttemptOutcome.failed(Kind.FAILED_FOR_GOOD, null, null, problem);
    }

    /**
     * An attempt that was stopped, and ended.
     *
     * @param process how its process ended, absent if there was none
     */
    static AttemptOutcome stopped(StopReason reason, long timeoutMillis, ProcessManager.@Nullable Ended process) {
        return switch (reason) {
            case CANCEL ->
                AttemptOutcome.cancelled(
                        process == null ? null : process.exitCode(), process == null ? null : process.signal());
            case TERMINATE -> failed(Kind.FAILED, process, terminated());
            case TIMEOUT -> failed(Kind.TIMED_OUT, process, timedOut(timeoutMillis));
            case SHUTDOWN -> interrupted(process);
            case CLEANUP -> cleanedUp(process);
        };
    }

    static AttemptOutcome interrupted(ProcessManager.@Nullable Ended process) {
        return failed(
                Kind.INTERRUPTED,
                process,
                Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The attempt was cut off because its channel left the node. Nothing needs to be done: the"
                                + " job's delivery decides whether it runs again."));
    }

    private static AttemptOutcome cleanedUp(ProcessManager.@Nullable Ended process) {
        return failed(
                Kind.INTERRUPTED,
                process,
                Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The attempt was cut off because its channel was cleaned up. Nothing needs to be done: the"
                                + " job's delivery decides whether it runs again after the cleanup."));
    }

    /**
     * An attempt that was stopped and whose handler runs on. No further attempt may start beside it, except after a
     * shutdown, when the node itself is about to end.
     */
    static AttemptOutcome quarantined(
            StopReason reason, long timeoutMillis, Duration grace, @Nullable String threadName) {
        if (reason == StopReason.SHUTDOWN) {
            return interrupted(null);
        }
        String occasion = switch (reason) {
            case CANCEL -> "The attempt was cancelled";
            case TERMINATE -> "The end of its thread was requested";
            case CLEANUP -> "The channel of the attempt was cleaned up";
            case TIMEOUT, SHUTDOWN -> "The attempt passed its time limit of " + timeoutMillis + " ms";
        };
        return failedForGood(Problem.of(
                reason == StopReason.TIMEOUT ? ErrorCode.TIMEOUT : ErrorCode.INVALID_STATE,
                COMPONENT,
                occasion + ", but its handler did not end within " + grace.toMillis()
                        + " ms, though it was interrupted. It still runs on thread " + threadName
                        + " and keeps its slot until it returns; it is not tried again. Make the handler return when "
                        + "isCancelled() is true or its thread is interrupted.",
                Map.of("quarantined", true, "thread", String.valueOf(threadName))));
    }

    /** A process that nothing can end, which happens when it hangs inside the system. */
    static AttemptOutcome unkillable() {
        return failedForGood(Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The process did not end within " + Limits.STOP_GRACE.toSeconds()
                        + " s of SIGKILL. It hangs inside the operating system; look at its disks and network"
                        + " mounts."));
    }

    static AttemptOutcome unreadable() {
        return failedForGood(Problem.of(
                ErrorCode.INTERNAL,
                COMPONENT,
                "The stored specification of the job cannot be read. The node's log has the cause."));
    }

    static AttemptOutcome crashed() {
        return AttemptOutcome.failed(
                Kind.FAILED,
                null,
                null,
                Problem.of(
                        ErrorCode.INTERNAL,
                        COMPONENT,
                        "The worker of the attempt failed by a defect of Millrace. The node's log has the cause."));
    }

    /** As {@link #crashed}, but the handler runs on, so that no further attempt may start beside it. */
    static AttemptOutcome crashedWithHandler(@Nullable String threadName) {
        return failedForGood(Problem.of(
                ErrorCode.INTERNAL,
                COMPONENT,
                "The worker of the attempt failed by a defect of Millrace, and its handler still runs on thread "
                        + threadName + ". The node's log has the cause.",
                Map.of("quarantined", true, "thread", String.valueOf(threadName))));
    }

    /** The system gives the node no further thread. */
    static AttemptOutcome noThread(ChannelName channel, @Nullable String cause) {
        return AttemptOutcome.failed(
                Kind.FAILED,
                null,
                null,
                Problem.of(
                                ErrorCode.RESOURCE_LIMIT,
                                COMPONENT,
                                "The system gave channel '" + channel + "' no thread: " + cause
                                        + ". Nothing of it remains. Raise the limits of processes and memory for the "
                                        + "node, or ask for a smaller stack; then try again.",
                                Map.of("channel", channel.value()))
                        .retryAfter(Duration.ofSeconds(1)));
    }

    private static Problem terminated() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The thread of the attempt was terminated by request. The job's retry policy decides what follows.");
    }

    private static Problem timedOut(long timeoutMillis) {
        return Problem.of(
                ErrorCode.TIMEOUT,
                COMPONENT,
                "The attempt did not end within its time limit of " + timeoutMillis
                        + " ms and was stopped. Give the job a longer timeout, or less to do.",
                Map.of("timeoutMillis", timeoutMillis));
    }

    private static AttemptOutcome failed(Kind kind, ProcessManager.@Nullable Ended process, Problem problem) {
        return AttemptOutcome.failed(
                kind, process == null ? null : process.exitCode(), process == null ? null : process.signal(), problem);
    }
}
