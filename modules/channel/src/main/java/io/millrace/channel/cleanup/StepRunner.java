package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.StepPhase;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * One try of one step: its action and its check, or its undo. Whatever an action leaves behind, such as a child of its
 * process, is gone before the next one begins. Past the time of the step, or when it is aborted, what acts is ended; what
 * would not end then is named in the result, and nobody waits for it.
 */
final class StepRunner extends AbstractMatchingBehavior<StepRunner.Command> {
    private final StepTools tools;
    private final StepOrder order;
    private final TimerScheduler<Command> timers;
    private final ActorRef<ProcessManager.Answer> processAnswers;
    private final ActorRef<CleanedUp> cleanedUp;
    private final Releases releases;
    private final Queue<CleanupAction> left;
    private Released released = Released.NOTHING;
    private @Nullable StepAction acting;
    private @Nullable Problem stopped;
    private @Nullable Problem failure;
    private boolean isCleaning;
    private boolean hasBegunCheck;

    /** Messages of a step. */
    sealed interface Command {}

    /** End at once; the reason becomes the error of the step. */
    record Abort(Problem reason) implements Command {}

    /** An action has ended, well if there is no problem. */
    record ActionEnded(StepAction action, @Nullable Problem problem, Released released) implements Command {}

    /** @param directory in which a process is to start, absent for a fresh one */
    record DirectoryFound(ProcessAction action, @Nullable String directory) implements Command {}

    private record ProcessAnswered(ProcessManager.Answer answer) implements Command {}

    private record ReleaseAnswered(Releases.Answer answer) implements Command {}

    private record WrappedCleanedUp(CleanedUp answer) implements Command {}

    /** It is time to interrupt a handler that was asked to end. */
    enum Interrupt implements Command {
        INSTANCE
    }

    private enum TimeUp implements Command {
        INSTANCE
    }

    private enum AskAgain implements Command {
        INSTANCE
    }

    private enum GiveUp implements Command {
        INSTANCE
    }

    /** Ends itself when the try has ended and that was told to the cleanup manager. */
    static Behavior<Command> create(StepTools tools, StepOrder order) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new StepRunner(context, timers, tools, order)));
    }

    private StepRunner(
            ActorContext<Command> context, TimerScheduler<Command> timers, StepTools tools, StepOrder order) {
        super(context);
        this.tools = tools;
        this.order = order;
        this.timers = timers;
        this.left = new ArrayDeque<>(order.actions());
        this.processAnswers = context.messageAdapter(ProcessManager.Answer.class, ProcessAnswered::new);
        this.cleanedUp = context.messageAdapter(CleanedUp.class, WrappedCleanedUp::new);
        this.releases = new Releases(context, tools, ReleaseAnswered::new);
        timers.startSingleTimer(TimeUp.INSTANCE, order.timeLeft());
        timers.startTimerWithFixedDelay(AskAgain.INSTANCE, Limits.MANAGER_ANSWER_MAX);
        begin(left.remove());
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case ActionEnded ended -> onActionEnded(ended);
            case WrappedCleanedUp(var answer) -> onCleanedUp(answer);
            case GiveUp.INSTANCE -> onGiveUp();
            case Abort(var reason) -> stop(reason);
            case TimeUp.INSTANCE -> stop(timeUp());
            case ProcessAnswered(var answer) -> {
                if (acting instanceof ProcessAction process) {
                    process.answered(answer);
                }
                yield this;
            }
            case ReleaseAnswered(var answer) -> {
                if (acting instanceof ReleaseAction release) {
                    release.answered(answer);
                }
                yield this;
            }
            case DirectoryFound(var process, var directory) -> {
                process.startIn(directory);
                yield this;
            }
            case Interrupt.INSTANCE -> {
                if (acting instanceof HandlerAction handler) {
                    handler.interrupt();
                }
                yield this;
            }
            case AskAgain.INSTANCE -> {
                askAgain();
                yield this;
            }
        };
    }

    private void begin(CleanupAction action) {
        StepAction next = actionOf(action);
        acting = next;
        AttemptId id = next.id();
        if (id != null) {
            tools.acting().add(id);
        }
        next.start();
    }

    private StepAction actionOf(CleanupAction action) {
        var context = getContext();
        return switch (action) {
            case CleanupAction.Run(Work.Process process) ->
                new ProcessAction(context, tools, process, order, processAnswers);
            case CleanupAction.Run(Work.Handler handler) -> new HandlerAction(context, timers, tools, handler, order);
            case CleanupAction.Http http ->
                new HttpAction(context, tools.services().http(), http, order.timeLeft());
            case CleanupAction.Release(var scope) ->
                new ReleaseAction(context.getSelf(), releases, scope, order.isBuiltInUndo());
        };
    }

    private Behavior<Command> onActionEnded(ActionEnded ended) {
        StepAction action = acting;
        if (action != ended.action || isCleaning) {
            return this;
        }
        released = released.plus(ended.released);
        failure = ended.problem;
        AttemptId id = action.id();
        if (id == null) {
            return next();
        }
        isCleaning = true;
        askCleanup(id, action.holdings());
        return this;
    }

    private void askCleanup(AttemptId id, Set<Holding> holdings) {
        tools.cleanups().tell(new CleanupManager.CleanUpStep(id, holdings, cleanedUp));
    }

    private Behavior<Command> onCleanedUp(CleanedUp answer) {
        if (!isCleaning || acting == null || !answer.attempt().equals(acting.id())) {
            return this;
        }
        isCleaning = false;
        tools.acting().remove(answer.attempt());
        if (failure == null && !answer.failures().isEmpty()) {
            failure = leftBehind(answer.failures());
        }
        return next();
    }

    private Behavior<Command> next() {
        if (stopped != null) {
            return end(stopped);
        }
        if (failure != null) {
            return end(hasBegunCheck ? checkFailed(failure) : failure);
        }
        CleanupAction following = left.poll();
        if (following == null) {
            return end(null);
        }
        hasBegunCheck = true;
        begin(following);
        return this;
    }

    private Behavior<Command> end(@Nullable Problem problem) {
        tools.cleanups().tell(new CleanupManager.StepDone(order.key(), order.number(), problem, released));
        return Behaviors.stopped();
    }

    private void askAgain() {
        StepAction action = acting;
        if (action == null) {
            return;
        }
        AttemptId id = action.id();
        if (isCleaning && id != null) {
            askCleanup(id, action.holdings());
        } else {
            action.askAgain();
        }
    }

    // Ends before the end

    private Behavior<Command> stop(Problem reason) {
        if (stopped == null && acting != null) {
            stopped = reason;
            timers.startSingleTimer(GiveUp.INSTANCE, Limits.STOP_GRACE);
            if (!isCleaning) {
                acting.stop();
            }
        }
        return this;
    }

    private Behavior<Command> onGiveUp() {
        StepAction action = acting;
        if (action == null || stopped == null) {
            return this;
        }
        action.abandon();
        return end(Problem.of(
                stopped.code(),
                stopped.component(),
                stopped.detail() + " What it does would not end within "
                        + Limits.STOP_GRACE.toSeconds() + " s and goes on"
                        + (action instanceof HandlerAction handler ? " on " + handler.place() : "") + "."));
    }

    private Problem timeUp() {
        return Problem.of(
                ErrorCode.TIMEOUT,
                "CleanupManager",
                "The " + (order.key().phase() == StepPhase.UNDO ? "undo" : hasBegunCheck ? "check" : "action")
                        + " of the step did not end within the step's time and was stopped. Give the task a longer "
                        + "timeout, or less to do.");
    }

    private static Problem checkFailed(Problem why) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                why.component(),
                "The action has worked, and the check says that it is not clean. " + why.detail());
    }

    private static Problem leftBehind(List<String> failures) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                "CleanupManager",
                "What the step itself used could not be returned: " + String.join("; ", failures) + ".");
    }

    /** Ends with the channel, or by a defect. Processes are killed by their manager then. */
    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop && acting != null) {
            AttemptId id = acting.id();
            if (id != null) {
                tools.acting().remove(id);
            }
            if (acting instanceof HandlerAction handler) {
                handler.interrupt();
            }
        }
        return this;
    }
}
