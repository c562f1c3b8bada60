package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ScriptListing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way to the services and commands of every channel of the cluster, from any node (HTTP contract, section 7). A process
 * is named by its id or by its name. A stage fails with {@link io.millrace.contracts.MillraceException} only: {@code
 * ALREADY_EXISTS} for a name that is taken, {@code NOT_FOUND} for an unknown channel, process or script, {@code
 * INVALID_STATE} for what the process cannot do now, {@code RESOURCE_LIMIT} beyond the processes a channel may have.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface ChannelProcesses {

    /**
     * Registers a process and starts it as soon as what it depends on allows. Completes once that is stored.
     *
     * @param spec with an empty command if it names a script, which is looked for on the node of the channel
     * @param key as for a submitted job, absent if the caller gave none
     */
    CompletionStage<Registration> start(ChannelName channel, ProcessSpec spec, Channels.@Nullable IdempotencyKey key);

    /** All of them, oldest first. */
    CompletionStage<List<ProcessView>> list(ChannelName channel);

    CompletionStage<ProcessView> show(ChannelName channel, String process);

    /**
     * Stops it, if it runs or is about to. Stopping one that has ended changes nothing.
     *
     * @param wait longest wait for its end; the answer says how it is then
     */
    CompletionStage<ProcessView> stop(ChannelName channel, String process, Duration wait);

    /**
     * Stops it if it runs, and starts it again. Completes once it runs again or could not be started.
     *
     * @param wait longest wait for that; the answer says how it is then
     */
    CompletionStage<ProcessView> restart(ChannelName channel, String process, Duration wait);

    /** Sends a signal to its group, without Millrace expecting it to end. Refused unless it runs. */
    CompletionStage<ProcessView> signal(ChannelName channel, String process, String signal);

    /**
     * Stops and removes it; its name is free then. False if it did not end within the wait: it is removed when it has.
     */
    CompletionStage<Boolean> remove(ChannelName channel, String process, Duration wait);

    /** What can be started in a directory of the node of the channel. */
    CompletionStage<ScriptListing> scripts(ChannelName channel, String directory);

    /** Numbers of the channel by name. */
    CompletionStage<Map<String, Double>> metrics(ChannelName channel);

    /** @param isReplayed true if an earlier request with the same key registered it */
    record Registration(ProcessView process, boolean isReplayed) {}
}
