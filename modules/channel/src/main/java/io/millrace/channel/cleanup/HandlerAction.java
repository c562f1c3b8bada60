package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handler.context.Declared;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.log.ControlSequences;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * A handler that a step runs, on a thread of the channel. It has failed if it throws or returns {@code false}. To stop it
 * means to ask and then to interrupt it; one that does not return then runs on, and its step counts as failed.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class HandlerAction implements StepAction {
    private static final String FALSE = "false";

    private final ActorContext<StepRunner.Command> context;
    private final TimerScheduler<StepRunner.Command> timers;
    private final StepTools tools;
    private final AttemptId id;
    private final AttemptId known;
    private final Work.Handler work;
    private @Nullable HandlerRun run;

    HandlerAction(
            ActorContext<StepRunner.Command> context,
            TimerScheduler<StepRunner.Command> timers,
            StepTools tools,
            Work.Handler work,
            StepOrder order) {
        this.context = context;
        this.timers = timers;
        this.tools = tools;
        this.id = AttemptId.ofThread(tools.ids().next());
        this.known = order.behind() == null ? id : order.behind();
        this.work = work;
    }

    @Override
    public AttemptId id() {
        return id;
    }

    /** Its output is that of the attempt, which makes it durable, if it cleans up behind one. */
    @Override
    public Set<Holding> holdings() {
        return Set.of(Holding.OUTPUT);
    }

    @Override
    public void start() {
        var handler = tools.services().handlers().find(work.name());
        if (handler.isEmpty()) {
            tell(tools.services().handlers().unknown(work.name()));
            return;
        }
        var self = context.getSelf();
        run = new HandlerRun(
                tools.environment(),
                known,
                handler.get(),
                work.input(),
                null,
                null,
                Instant.now(),
                new Declared(List.of(), List.of(), List.of()),
                () -> tools.pump(known, ControlSequences.KEPT),
                (outcome, _) -> self.tell(new StepRunner.ActionEnded(this, problemOf(outcome), Released.NOTHING)));
        tools.threads().run(run, problem -> self.tell(new StepRunner.ActionEnded(this, problem, Released.NOTHING)));
    }

    private static @Nullable Problem problemOf(AttemptOutcome outcome) {
        if (FALSE.equals(outcome.resultJson())) {
            return Problem.of(
                    ErrorCode.INVALID_STATE,
                    "Handler",
                    "The handler returned false, which says that it did not do what it was to do.");
        }
        return outcome.kind() == AttemptOutcome.Kind.CANCELLED
                ? Problem.of(ErrorCode.INVALID_STATE, "Handler", "The handler was stopped before it began.")
                : outcome.error();
    }

    @Override
    public void stop() {
        if (run != null) {
            run.ask();
            timers.startSingleTimer(StepRunner.Interrupt.INSTANCE, Limits.INTERRUPT_DELAY);
        }
    }

    void interrupt() {
        if (run != null) {
            var _ = run.cancel();
        }
    }

    @Override
    public void abandon() {
        if (run != null) {
            run.disown();
        }
    }

    /** Where it runs now, for people. */
    String place() {
        String thread = run == null ? null : run.threadName();
        return thread == null ? "no thread" : "thread " + thread;
    }

    private void tell(Problem problem) {
        context.getSelf().tell(new StepRunner.ActionEnded(this, problem, Released.NOTHING));
    }
}
