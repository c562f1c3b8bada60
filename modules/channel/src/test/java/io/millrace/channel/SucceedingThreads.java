package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.LiveChannel;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Managers whose attempts succeed at once, except those of processes: they run until they are cancelled. With them a
 * channel is driven from end to end without running anything.
 */
final class SucceedingThreads {
    private SucceedingThreads() {}

    static ManagerStarter.Managers start(
            ActorContext<?> context,
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            ActorRef<ChannelReport> reports) {
        long incarnation = live.incarnation();
        return new ManagerStarter.Managers(
                context.spawn(threads(channel, host.services().node(), reports), "threads"),
                context.spawn(
                        Behaviors.<ResourceManager.Command>receive((_, message) -> {
                            if (message instanceof ResourceManager.Snapshot(var replyTo)) {
                                replyTo.tell(new ResourceManager.Resources(List.of()));
                            }
                            return Behaviors.same();
                        }),
                        "resources"),
                context.spawn(
                        Behaviors.<ProcessManager.Command>receive((_, message) -> {
                            if (message instanceof ProcessManager.Snapshot(var replyTo)) {
                                replyTo.tell(new ProcessManager.Processes(List.of()));
                            }
                            return Behaviors.same();
                        }),
                        "processes"),
                context.spawn(
                        Behaviors.<CleanupManager.Command>receive((_, message) -> {
                            if (message instanceof CleanupManager.Snapshot(var replyTo)) {
                                replyTo.tell(new CleanupManager.Cleanups(List.of()));
                            } else if (message == CleanupManager.CleanUpForDeletion.INSTANCE) {
                                reports.tell(new ChannelReport.CleanedForDeletion(incarnation));
                            }
                            return Behaviors.same();
                        }),
                        "cleanups"),
                context.spawn(
                        Behaviors.<LogStore.Command>receive((_, message) -> {
                            if (message instanceof LogStore.Read(var query, var wait, var jobEnded, var replyTo)) {
                                replyTo.tell(
                                        new LogStore.Lines(new LogPage(List.of(), query.after(), 0, jobEnded, true)));
                            }
                            return Behaviors.same();
                        }),
                        "logs"),
                context.getSystem().ignoreRef(),
                context.getSystem().ignoreRef());
    }

    private static Behavior<ThreadManager.Command> threads(
            ChannelName channel, String node, ActorRef<ChannelReport> reports) {
        Map<AttemptId, Inspection.ThreadView> running = new LinkedHashMap<>();
        return Behaviors.receive((_, message) -> {
            switch (message) {
                case ThreadManager.Run(var attempt)
                when attempt.kind() == JobKind.PROCESS -> running.put(attempt.id(), view(channel, node, attempt.id()));
                case ThreadManager.Run(var attempt) ->
                    reports.tell(new ChannelReport.AttemptFinished(
                            attempt.id(), AttemptOutcome.succeeded(null, "\"done\"")));
                case ThreadManager.Cancel(var job, var epoch) -> {
                    List<AttemptId> cancelled = running.keySet().stream()
                            .filter(id -> id.job().equals(job) && id.epoch() == epoch)
                            .toList();
                    cancelled.forEach(running::remove);
                    cancelled.forEach(id ->
                            reports.tell(new ChannelReport.AttemptFinished(id, AttemptOutcome.cancelled(null, null))));
                }
                case ThreadManager.Snapshot(var replyTo) ->
                    replyTo.tell(new ThreadManager.Threads(20, running.size(), 0, List.copyOf(running.values())));
                case ThreadManager.Stop(var replyTo) -> replyTo.tell(new ThreadManager.Stopped());
                case ThreadManager.Command _ -> {
                    // Nothing else matters to attempts that end at once.
                }
            }
            return Behaviors.same();
        });
    }

    private static Inspection.ThreadView view(ChannelName channel, String node, AttemptId attempt) {
        return new Inspection.ThreadView(
                node,
                channel,
                channel + "-1",
                "RUNNING",
                JobKind.PROCESS,
                attempt.job(),
                attempt.number(),
                attempt.epoch(),
                ThreadPriority.PROCESSING,
                null,
                Instant.EPOCH);
    }
}
