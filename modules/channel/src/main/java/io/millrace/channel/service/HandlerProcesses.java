package io.millrace.channel.service;

import io.millrace.channel.ListInParts;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handler.context.AttemptCalls;
import io.millrace.channel.handler.context.ClosableProcesses;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.LineListener;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;

/** The services and commands of the channel, for one attempt. Only its calls and its listeners end with the attempt. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerProcesses implements ClosableProcesses {
    private static final String COMPONENT = "ServiceManager";
    private static final Duration WAIT = Limits.PROCESS_WAIT_MAX;

    private final ManagerCalls<ServiceManager.Command> manager;
    private final AttemptCalls<ServiceManager.Command> calls;
    private final ListenerOwner owner = new ListenerOwner();

    HandlerProcesses(ManagerCalls<ServiceManager.Command> manager) {
        this.manager = manager;
        this.calls = new AttemptCalls<>(
                manager, "The attempt is over, so it can do nothing with processes. Do it before the handler returns.");
    }

    @Override
    public CompletionStage<ProcessView> startCommand(ProcessSpec spec) {
        return calls.<ServiceManager.Registered>ask(
                        replyTo -> new ServiceManager.Start(spec, null, null, replyTo), Duration.ZERO)
                .thenCompose(registered -> awaitUp(registered.process().id()));
    }

    @Override
    public CompletionStage<ProcessView> startScript(String script, String directory, ProcessSpec spec) {
        return startCommand(spec.withCommand(List.of(), script, directory));
    }

    private CompletionStage<ProcessView> awaitUp(JobId process) {
        return shown(replyTo -> new ServiceManager.AwaitUp(process, WAIT.toMillis(), replyTo))
                .thenApply(view -> {
                    boolean isUp = view.isRunning() || view.state().isEnded();
                    return isUp ? view : timedOut(view, "come up");
                });
    }

    @Override
    public CompletionStage<ProcessView> stop(JobId process) {
        return shown(replyTo -> new ServiceManager.Stop(process.toString(), WAIT.toMillis(), replyTo))
                .thenApply(view -> view.state().isEnded() ? view : timedOut(view, "end"));
    }

    @Override
    public CompletionStage<ProcessView> restart(JobId process) {
        return shown(replyTo -> new ServiceManager.Restart(process.toString(), WAIT.toMillis(), replyTo))
                .thenApply(view -> view.state() == ProcessState.STOPPING ? timedOut(view, "end") : view);
    }

    @Override
    public CompletionStage<Optional<ProcessView>> show(JobId process) {
        return shown(replyTo -> new ServiceManager.Show(process.toString(), replyTo))
                .thenApply(Optional::of)
                .exceptionallyCompose(failure -> isNotFound(failure)
                        ? CompletableFuture.completedStage(Optional.<ProcessView>empty())
                        : CompletableFuture.failedStage(failure));
    }

    private static boolean isNotFound(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof MillraceException refused && refused.problem().code() == ErrorCode.NOT_FOUND;
    }

    @Override
    public CompletionStage<List<ProcessView>> list() {
        return ListInParts.all(
                offset -> calls.<ServiceManager.Listed>ask(
                                replyTo -> new ServiceManager.ListProcesses(offset, replyTo), Duration.ZERO)
                        .thenApply(part -> new ListInParts.Part<>(part.processes(), part.isLast())),
                ProcessView::id);
    }

    @Override
    public CompletionStage<Long> addListener(LineListener listener) {
        owner.adds();
        return calls.<ServiceManager.ListenerAdded>ask(
                        replyTo -> new ServiceManager.AddListener(listener, owner, replyTo), Duration.ZERO)
                .thenApply(ServiceManager.ListenerAdded::listener);
    }

    @Override
    public CompletionStage<Boolean> removeListener(long listener) {
        return calls.<ServiceManager.ListenerRemoved>ask(
                        replyTo -> new ServiceManager.RemoveListener(listener, owner, replyTo), Duration.ZERO)
                .thenApply(ServiceManager.ListenerRemoved::wasThere);
    }

    @Override
    public CompletionStage<Integer> cleanUp() {
        return calls.<ServiceManager.AllRemoved>ask(ServiceManager.RemoveAll::new, Limits.PROCESSES_STOP_MAX)
                .thenApply(ServiceManager.AllRemoved::processes);
    }

    @Override
    public void close() {
        calls.close();
        if (owner.hasListeners()) {
            manager.manager().tell(new ServiceManager.RemoveListenersOf(owner));
        }
    }

    private CompletionStage<ProcessView> shown(
            Function<ActorRef<ManagerReply>, ? extends ServiceManager.Command> request) {
        return calls.<ServiceManager.Shown>ask(request, WAIT).thenApply(ServiceManager.Shown::process);
    }

    private static ProcessView timedOut(ProcessView view, String what) {
        throw Problem.of(
                        ErrorCode.TIMEOUT,
                        COMPONENT,
                        "The process '" + view.spec().name() + "' did not " + what + " within " + WAIT.toSeconds()
                                + " s and is " + view.state() + ". It goes on; look at it later.")
                .asException();
    }
}
