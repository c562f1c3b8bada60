package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.log.ControlSequences;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.ProcessOutput;
import io.millrace.channel.process.Survival;
import io.millrace.channel.process.SystemOutputBuffer;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.work.Work;
import io.millrace.host.limits.ProcessLimits;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * A command that a step runs. It has an identifier of its own, so that several steps may run one at the same time; its
 * output belongs to the attempt it cleans up behind, if there is one, and so does the directory it starts in.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ProcessAction implements StepAction {
    private final ActorContext<StepRunner.Command> context;
    private final StepTools tools;
    private final AttemptId id;
    private final Work.Process work;
    private final StepOrder order;
    private final ActorRef<ProcessManager.Answer> answers;
    private ProcessManager.@Nullable Start start;
    private boolean isStopped;

    ProcessAction(
            ActorContext<StepRunner.Command> context,
            StepTools tools,
            Work.Process work,
            StepOrder order,
            ActorRef<ProcessManager.Answer> answers) {
        this.context = context;
        this.tools = tools;
        this.id = AttemptId.ofThread(tools.ids().next());
        this.work = work;
        this.order = order;
        this.answers = answers;
    }

    @Override
    public AttemptId id() {
        return id;
    }

    @Override
    public Set<Holding> holdings() {
        return Set.of(Holding.PROCESSES, Holding.WORK_DIRECTORY, Holding.OUTPUT);
    }

    @Override
    public void start() {
        if (order.behind() == null || work.workingDirectory() != null) {
            startIn(work.workingDirectory());
        } else {
            findDirectoryOf(order.behind());
        }
    }

    /** An attempt of a handler has no directory, and one that ran on another node has it there. */
    private void findDirectoryOf(AttemptId attempt) {
        var directories = tools.services().processes().workDirectories();
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        () -> directories.exists(tools.channel(), attempt),
                        tools.services().blocking()),
                (exists, _) -> new StepRunner.DirectoryFound(
                        this,
                        Boolean.TRUE.equals(exists)
                                ? directories.path(tools.channel(), attempt).toString()
                                : null));
    }

    /** @param directory absent for a fresh one */
    void startIn(@Nullable String directory) {
        if (isStopped) {
            context.getSelf().tell(new StepRunner.ActionEnded(this, null, Released.NOTHING));
            return;
        }
        AttemptId actsFor = order.behind() == null ? id : order.behind();
        var output = new ProcessOutput(tools.pump(actsFor, ControlSequences.of(work)), new SystemOutputBuffer());
        var placed = new Work.Process(
                work.command(), work.env(), work.stdin(), directory, null, work.terminal(), work.stripsAnsi());
        start = new ProcessManager.Start(
                id,
                actsFor,
                placed,
                order.env(),
                List.of(),
                ProcessLimits.NONE,
                work.terminal(),
                Survival.NONE,
                null,
                output,
                answers);
        tools.siblings().processes().tell(start);
    }

    @Override
    public void askAgain() {
        if (start != null) {
            tools.siblings().processes().tell(start);
        }
    }

    @Override
    public void stop() {
        isStopped = true;
        if (start != null) {
            tools.siblings().processes().tell(new ProcessManager.Kill(id));
        }
    }

    void answered(ProcessManager.Answer answer) {
        if (answer.attempt().equals(id) && !(answer instanceof ProcessManager.Started)) {
            context.getSelf().tell(new StepRunner.ActionEnded(this, problemOf(answer), Released.NOTHING));
        }
    }

    private static @Nullable Problem problemOf(ProcessManager.Answer answer) {
        return switch (answer) {
            case ProcessManager.Started _ -> null;
            case ProcessManager.NotStarted(var _, var problem) -> problem;
            case ProcessManager.Ended ended ->
                ended.exitCode() != null && ended.exitCode() == 0 ? null : failed(ended.exitCode(), ended.signal());
        };
    }

    private static Problem failed(@Nullable Integer exitCode, @Nullable String signal) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                "ProcessManager",
                exitCode != null
                        ? "The process ended with exit code " + exitCode + ". Its output may say why."
                        : "The process was ended by " + signal + ". Its output may say why.");
    }
}
