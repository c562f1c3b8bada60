package io.millrace.channel.cleanup;

import io.millrace.channel.handler.context.AttemptCalls;
import io.millrace.channel.handler.context.ClosableCleanups;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** The cleanup tasks of the channel, for one attempt. Nothing ends with the attempt but the calls. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class HandlerCleanups implements ClosableCleanups {
    private final AttemptCalls<CleanupManager.Command> calls;

    HandlerCleanups(ManagerCalls<CleanupManager.Command> calls) {
        this.calls = new AttemptCalls<>(
                calls, "The attempt is over, so it can clean nothing up any more. Do it before the handler returns.");
    }

    @Override
    public CompletionStage<CleanupView> register(CleanupTask task) {
        return calls.<CleanupManager.Registered>ask(
                        replyTo -> new CleanupManager.Register(task, null, null, replyTo), Duration.ZERO)
                .thenApply(CleanupManager.Registered::task);
    }

    @Override
    public CompletionStage<Boolean> remove(Handle task) {
        return calls.<CleanupManager.Removed>ask(
                        replyTo -> new CleanupManager.Remove(Reference.to(task), replyTo), Duration.ZERO)
                .thenApply(CleanupManager.Removed::wasThere);
    }

    @Override
    public CompletionStage<CleanupResult> execute(Handle task) {
        Duration wait = Limits.CLEANUP_WAIT_MAX;
        return calls.<CleanupManager.Executed>ask(
                        replyTo -> new CleanupManager.Execute(Reference.to(task), wait.toMillis(), replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX.plus(wait))
                .thenApply(CleanupManager.Executed::result);
    }

    @Override
    public CompletionStage<RollbackResult> rollback(Handle task) {
        return calls.<CleanupManager.RolledBack>ask(
                        replyTo -> new CleanupManager.Rollback(Reference.to(task), replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX.plus(Limits.CLEANUP_WAIT_MAX))
                .thenApply(CleanupManager.RolledBack::result);
    }

    @Override
    public CompletionStage<CleanupView> show(Handle task) {
        return calls.<CleanupManager.Shown>ask(
                        replyTo -> new CleanupManager.Show(Reference.to(task), replyTo), Duration.ZERO)
                .thenApply(CleanupManager.Shown::task);
    }

    @Override
    public CompletionStage<DependencyReport> validateDependencies(Handle task) {
        return calls.<CleanupManager.Dependencies>ask(
                        replyTo -> new CleanupManager.ValidateDependencies(Reference.to(task), replyTo),
                        Limits.CLEANUP_INQUIRIES_MAX)
                .thenApply(CleanupManager.Dependencies::report);
    }

    @Override
    public void close() {
        calls.close();
    }
}
