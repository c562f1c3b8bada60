package io.millrace.domain.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.domain.Moment;
import io.millrace.domain.TimeText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what a process waits for, and what is not as it should be. */
final class ProcessConditions {
    private final ChannelName channel;

    ProcessConditions(ChannelName channel) {
        this.channel = channel;
    }

    List<Condition> of(ProcessBook book, ProcessEntry process, Ownership ownership, Moment now) {
        ProcessRun run = process.runUnderWay();
        if (run != null && !ownership.isHere(run)) {
            return List.of(nodeLost(process, run, ownership, now));
        }
        List<Condition> conditions = new ArrayList<>(2);
        switch (process.phase()) {
            case ProcessPhase.Waiting waiting -> addWaiting(conditions, book, process, waiting, ownership, now);
            case ProcessPhase.Starting _, ProcessPhase.Running _ -> addComingUp(conditions, process, run, now);
            case ProcessPhase.Stopping stopping -> conditions.add(stopping(process, stopping));
            case ProcessPhase.Ended _ -> {
                // Its state and its error say everything.
            }
        }
        return conditions;
    }

    private void addWaiting(
            List<Condition> to,
            ProcessBook book,
            ProcessEntry process,
            ProcessPhase.Waiting waiting,
            Ownership ownership,
            Moment now) {
        if (CrashLoop.holds(process, now)) {
            to.add(crashLoop(process, "It is tried again at " + Instant.ofEpochMilli(waiting.notBeforeMillis()) + "."));
        } else if (waiting.notBeforeMillis() > now.millis()) {
            to.add(condition(
                    "RestartScheduled",
                    "Restart " + process.restarts() + " begins at " + Instant.ofEpochMilli(waiting.notBeforeMillis())
                            + " at the earliest.",
                    waiting.sinceMillis()));
        }
        List<ProcessDependency> unmet = DependencyRules.unmet(book, process, ownership);
        if (!unmet.isEmpty()) {
            String all = unmet.stream()
                    .map(dependency -> unmet(dependency, book.process(dependency.name()), ownership))
                    .collect(Collectors.joining("; "));
            to.add(condition(
                    "WaitingForProcess",
                    "Starts once what it depends on is there: " + all + ".",
                    waiting.sinceMillis()));
        }
    }

    private static void addComingUp(List<Condition> to, ProcessEntry process, @Nullable ProcessRun run, Moment now) {
        if (CrashLoop.holds(process, now)) {
            to.add(crashLoop(process, "It is being tried once more."));
        }
        if (run != null && !run.isReady()) {
            to.add(condition(
                    "NotReady",
                    (run.isUp() ? "It runs and is not ready yet." : "It is being started.")
                            + " It has time until " + Instant.ofEpochMilli(StartTime.endMillis(process, run))
                            + ", then it is stopped and has failed.",
                    process.phase().sinceMillis()));
        }
    }

    private static Condition crashLoop(ProcessEntry process, String next) {
        String minUptime = TimeText.of(process.spec().restart().minUptime().toMillis());
        return condition(
                "CrashLoop",
                process.shortRunsInRow() + " runs in a row did not stay up for its restart.minUptime of " + minUptime
                        + ". " + next + " Its output may say why they ended; stop it to have it tried no more.",
                process.phase().sinceMillis());
    }

    private String unmet(ProcessDependency dependency, @Nullable ProcessEntry on, Ownership ownership) {
        String name = "'" + dependency.name() + "'";
        if (on == null) {
            return "no process " + name + " is registered";
        }
        String wish = switch (dependency.condition()) {
            case STARTED -> " should run";
            case READY -> " should be ready";
            case LOGGED -> " should have written the line of its 'ready.log'";
            case COMPLETED -> " should have ended";
            case SUCCEEDED -> " should have succeeded";
        };
        boolean hasNoLine = dependency.condition() == ProcessDependency.Condition.LOGGED
                && (on.spec().ready() == null || on.spec().ready().line() == null);
        return name + wish + " and " + (hasNoLine ? "has no such check" : how(on, ownership));
    }

    private String how(ProcessEntry process, Ownership ownership) {
        ProcessRun run = process.runUnderWay();
        if (run != null && !ownership.isHere(run)) {
            return "its node " + run.node() + " is gone";
        }
        if (process.hasEnded()) {
            return "is " + process.state() + ", and does not start by itself: POST /v1/channels/" + channel
                    + "/processes/" + process.name().inPath() + ":restart";
        }
        return process.state() == ProcessState.RUNNING && !process.isReady()
                ? "is RUNNING, but not ready"
                : "is " + process.state();
    }

    private static Condition nodeLost(ProcessEntry process, ProcessRun run, Ownership ownership, Moment now) {
        String next;
        if (process.phase() instanceof ProcessPhase.Stopping(var _, var cause) && cause != StopCause.START_TIMEOUT) {
            next = cause == StopCause.RESTART ? "it is started again" : "it has been stopped";
        } else {
            next = process.spec().restart().mode() == RestartPolicy.Mode.NEVER ? "it is lost" : "it is started again";
        }
        return condition(
                "NodeLost",
                "Its node " + run.node() + " has lost the channel. If it still runs there, its lease ends it; at "
                        + now.instantOf(ownership.othersOverAtNanos()) + " that is certain, and " + next + ".",
                now.instantOf(ownership.takenAtNanos()).toEpochMilli());
    }

    private static Condition stopping(ProcessEntry process, ProcessPhase.Stopping stopping) {
        String cause = switch (stopping.cause()) {
            case USER -> "It is being stopped";
            case RESTART -> "It is being stopped, to be started again";
            case REMOVAL -> "It is being stopped, to be removed";
            case START_TIMEOUT -> "It did not come up in time and is being stopped";
        };
        return condition(
                "StopRequested",
                cause + ": "
                        + (process.spec().stop().command().isEmpty()
                                ? "it got SIG" + process.spec().stop().signal()
                                : "the command of its stop policy was started")
                        + ", and what is left of it after "
                        + TimeText.of(process.spec().stop().grace().toMillis()) + " is killed.",
                stopping.sinceMillis());
    }

    private static Condition condition(String type, String message, long sinceMillis) {
        return new Condition(type, message, Instant.ofEpochMilli(sinceMillis));
    }
}
