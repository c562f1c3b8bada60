package io.millrace.channel.cleanup;

import io.millrace.channel.handler.context.ClosableThreads;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The threads of a channel as a handler sees them that cleans up: none, and none can be made. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class NoThreads implements ClosableThreads {
    @Override
    public CompletionStage<Handle> create(ThreadSpec thread) {
        return refused();
    }

    @Override
    public CompletionStage<ThreadView> show(Handle thread) {
        return refused();
    }

    @Override
    public CompletionStage<ThreadView> awaitEnd(Handle thread) {
        return refused();
    }

    @Override
    public CompletionStage<Termination> terminate(Handle thread, Duration grace) {
        return refused();
    }

    @Override
    public CompletionStage<ThreadMetrics> metrics(Handle thread) {
        return refused();
    }

    @Override
    public CompletionStage<ValidationReport> validate(Handle thread) {
        return refused();
    }

    @Override
    public void close() {
        // Calls fail before, too.
    }

    private static <T> CompletionStage<T> refused() {
        return CompletableFuture.failedStage(Refusing.exception("ThreadManager"));
    }
}
