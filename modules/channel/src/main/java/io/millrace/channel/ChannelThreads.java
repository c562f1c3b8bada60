package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way to the threads of every channel of the cluster, from any node (HTTP contract, section 4). A stage fails with
 * {@link io.millrace.contracts.MillraceException} only: {@code NOT_FOUND} for an unknown channel or thread, {@code
 * PERMISSION} for a handle that breaks a boundary.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface ChannelThreads {

    /**
     * Registers a thread. It runs at once if the channel has a slot for it, else as soon as it has.
     *
     * @param key as for a submitted job, absent if the caller gave none
     */
    CompletionStage<CreatedThread> create(
            ChannelName channel, ThreadSpec thread, Channels.@Nullable IdempotencyKey key);

    /** Live threads and those that ended lately, newest first. */
    CompletionStage<List<ThreadView>> list(ChannelName channel);

    CompletionStage<ThreadView> show(ChannelName channel, Reference thread);

    /** @param grace time the thread has to end, 0 to 5 min */
    CompletionStage<Termination> terminate(ChannelName channel, Reference thread, Duration grace);

    CompletionStage<ThreadMetrics> metrics(ChannelName channel, Reference thread);

    /** Checks a handle, or the thread of that identifier, against every boundary. A bad handle is reported, not refused. */
    CompletionStage<ValidationReport> validate(ChannelName channel, Reference thread);

    CompletionStage<IsolationReport> verifyIsolation(ChannelName channel);

    /** Numbers of the whole channel by name; the names are part of the HTTP contract. */
    CompletionStage<Map<String, Double>> totals(ChannelName channel);

    /** @param replayed true if the thread was created by an earlier request with the same key */
    record CreatedThread(ThreadView thread, boolean replayed) {}
}
