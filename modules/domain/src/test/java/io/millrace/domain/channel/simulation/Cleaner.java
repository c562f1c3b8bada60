package io.millrace.domain.channel.simulation;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.channel.AttemptRules;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupDecision;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.RunStep;
import io.millrace.domain.cleanup.StepPhase;
import java.util.ArrayList;
import java.util.List;

/**
 * What the cleanup manager of an owner does: executes some tasks with random outcomes, ends the attempts that an earlier
 * owner left behind, and says when a channel that goes away is clean.
 */
final class Cleaner {
    private static final int TASKS = 5;

    private final String node;
    private final Simulation simulation;
    private final CleanupRules rules;
    private long resumedIn;

    Cleaner(String node, Simulation simulation) {
        this.node = node;
        this.simulation = simulation;
        this.rules = new CleanupRules(simulation.channelName());
    }

    /**
     * @param leases tell which attempts of earlier owners cannot run any more
     * @param mayBegin false if it only ends what goes on
     */
    List<ChannelCommand> next(LiveChannel live, LeaseKeeper leases, boolean mayBegin) {
        List<ChannelCommand> commands = new ArrayList<>();
        for (LiveJob.Running job : live.interrupted()) {
            if (leases.isOver(live, job) && simulation.random().oneIn(3)) {
                simulation.sightings().add("Cleaned up behind an earlier owner");
                commands.add(new ChannelCommand.EndAttempt(job.id(), job.epoch(), AttemptRules.interrupted(job)));
            }
        }
        List<CleanupChange> changes = changes(live, mayBegin);
        if (!changes.isEmpty()) {
            commands.add(new ChannelCommand.ChangeCleanups(live.incarnation(), changes));
        }
        if (live.exists() && live.state() == ChannelState.DELETING) {
            commands.add(new ChannelCommand.CompleteDeletion());
        }
        return commands;
    }

    private List<CleanupChange> changes(LiveChannel live, boolean mayBegin) {
        CleanupBook book = live.cleanups();
        if (!live.exists()) {
            return List.of();
        }
        if (resumedIn != live.incarnation()) {
            resumedIn = live.incarnation();
            List<CleanupChange> resumed = new ArrayList<>();
            book.active().forEach(run -> resumed.addAll(rules.resume(run, node)));
            return resumed;
        }
        if (!book.active().isEmpty()) {
            return goOn(book, book.active().iterator().next());
        }
        return mayBegin && simulation.random().oneIn(30) ? begin(book) : List.of();
    }

    private List<CleanupChange> goOn(CleanupBook book, CleanupRun run) {
        if (rules.isReadyToEnd(run)) {
            return List.of(rules.end(run, Released.NOTHING, null, List.of()));
        }
        for (RunStep step : run.steps()) {
            if (step.isActing()) {
                return List.of(end(run, step));
            }
        }
        return rules.advance(book, run, node, _ -> true);
    }

    private CleanupChange end(CleanupRun run, RunStep step) {
        boolean isUndo = step.phase() == StepPhase.UNDO;
        boolean hasWorked = simulation.random().oneIn(2);
        StepStatus status = isUndo
                ? hasWorked ? StepStatus.UNDONE : StepStatus.UNDO_FAILED
                : hasWorked ? StepStatus.COMPLETE : StepStatus.FAILED;
        Problem error = hasWorked ? null : Problem.of(ErrorCode.INTERNAL, "Cleaner", "The simulated step failed.");
        return new CleanupChange.StepEnded(run.number(), step.name(), status, error, 5, Released.NOTHING);
    }

    private List<CleanupChange> begin(CleanupBook book) {
        int number = simulation.random().between(1, TASKS);
        CleanupName name = name(number);
        CleanupDecision decision = switch (simulation.random().between(0, 9)) {
            case 0 -> rules.remove(book, name);
            case 1, 2, 3 -> rules.rollback(book, name);
            case 4, 5, 6 -> rules.start(book, RunCause.TASK, name);
            default -> rules.register(book, task(number));
        };
        return decision instanceof CleanupDecision.Accepted(var changes) ? changes : List.of();
    }

    private CleanupChange.Registered task(int number) {
        List<CleanupReference> dependsOn = number > 1 && simulation.random().oneIn(2)
                ? List.of(CleanupReference.local(name(number - 1)))
                : List.of();
        return new CleanupChange.Registered(
                name(number),
                dependsOn,
                List.of(),
                simulation.random().oneIn(2),
                simulation.random().oneIn(2),
                new byte[0]);
    }

    private static CleanupName name(int number) {
        return new CleanupName("task-" + number);
    }
}
