package io.millrace.channel;

import io.millrace.channel.service.ServiceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Reaches the service managers of channels through cluster sharding. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ShardedProcesses implements ChannelProcesses {
    private final RemoteManagers<ServiceManager.Request> managers;

    ShardedProcesses(RemoteManagers<ServiceManager.Request> managers) {
        this.managers = managers;
    }

    @Override
    public CompletionStage<Registration> start(
            ChannelName channel, ProcessSpec spec, Channels.@Nullable IdempotencyKey key) {
        return managers.<ServiceManager.Registered>ask(
                        channel,
                        replyTo -> new ServiceManager.Start(
                                spec, key == null ? null : key.key(), key == null ? null : key.bodyHash(), replyTo))
                .thenApply(registered -> new Registration(registered.process(), registered.isReplayed()));
    }

    @Override
    public CompletionStage<List<ProcessView>> list(ChannelName channel) {
        return ListInParts.all(
                offset -> managers.<ServiceManager.Listed>ask(
                                channel, replyTo -> new ServiceManager.ListProcesses(offset, replyTo))
                        .thenApply(part -> new ListInParts.Part<>(part.processes(), part.isLast())),
                ProcessView::id);
    }

    @Override
    public CompletionStage<ProcessView> show(ChannelName channel, String process) {
        return shown(channel, replyTo -> new ServiceManager.Show(process, replyTo), Duration.ZERO);
    }

    @Override
    public CompletionStage<ProcessView> stop(ChannelName channel, String process, Duration wait) {
        Duration bounded = bounded(wait);
        return shown(channel, replyTo -> new ServiceManager.Stop(process, bounded.toMillis(), replyTo), bounded);
    }

    @Override
    public CompletionStage<ProcessView> restart(ChannelName channel, String process, Duration wait) {
        Duration bounded = bounded(wait);
        return shown(channel, replyTo -> new ServiceManager.Restart(process, bounded.toMillis(), replyTo), bounded);
    }

    @Override
    public CompletionStage<ProcessView> signal(ChannelName channel, String process, String signal) {
        return shown(channel, replyTo -> new ServiceManager.Signal(process, signal, replyTo), Duration.ZERO);
    }

    private CompletionStage<ProcessView> shown(
            ChannelName channel, Function<ActorRef<ManagerReply>, ServiceManager.Request> request, Duration wait) {
        return managers.<ServiceManager.Shown>ask(channel, request, wait).thenApply(ServiceManager.Shown::process);
    }

    @Override
    public CompletionStage<Boolean> remove(ChannelName channel, String process, Duration wait) {
        Duration bounded = bounded(wait);
        return managers.<ServiceManager.Removed>ask(
                        channel, replyTo -> new ServiceManager.Remove(process, bounded.toMillis(), replyTo), bounded)
                .thenApply(ServiceManager.Removed::isGone);
    }

    @Override
    public CompletionStage<ScriptListing> scripts(ChannelName channel, String directory) {
        return managers.<ServiceManager.Scripts>ask(
                        channel, replyTo -> new ServiceManager.FindScripts(directory, replyTo))
                .thenApply(ServiceManager.Scripts::listing);
    }

    @Override
    public CompletionStage<Map<String, Double>> metrics(ChannelName channel) {
        return managers.<ServiceManager.Totals>ask(channel, ServiceManager.ShowTotals::new)
                .thenApply(ServiceManager.Totals::values);
    }

    private static Duration bounded(Duration wait) {
        return wait.compareTo(Limits.PROCESS_WAIT_MAX) > 0 ? Limits.PROCESS_WAIT_MAX : wait;
    }
}
