package io.millrace.channel.thread;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;

public final class ThreadManager {

    /** Messages of the thread manager. */
    public sealed interface Command {}

    /** Run an attempt whose start is stored. One that is known already is not started again. */
    public record Run(Attempt attempt) implements Command {}

    /** Stop an attempt; its end is reported once it was cleaned up. An unknown one is ignored. */
    public record Cancel(JobId job, long epoch) implements Command {}

    /** Follow a changed specification. Running attempts go on, even above a lowered limit. */
    public record Configure(ChannelSpec spec) implements Command {}

    /** What runs now. */
    public record Snapshot(ActorRef<Threads> replyTo) implements Command {}

    /**
     * Stop every attempt (signal, grace, force) and answer once all have ended. They are reported as interrupted. No
     * further attempt starts.
     */
    public record Stop(ActorRef<Stopped> replyTo) implements Command {}

    /**
     * @param active attempts that run now
     * @param quarantined slots taken by handlers that would not end
     */
    public record Threads(int max, int active, int quarantined, List<Inspection.ThreadView> threads) {
        public Threads {
            threads = List.copyOf(threads);
        }
    }

    /** Every attempt has ended. */
    public record Stopped() {}

    /** What a worker needs of its siblings in the channel. */
    public record Managers(
            ActorRef<ResourceManager.Command> resources,
            ActorRef<ProcessManager.Command> processes,
            ActorRef<LogStore.Command> logs,
            ActorRef<CleanupManager.Command> cleanups) {}

    /** Restarts itself after a defect. */
    public static Behavior<Command> create(
            ChannelName channel,
            ChannelSpec spec,
            ChannelServices services,
            Managers managers,
            ActorRef<ChannelReport> reports) {
        throw new UnsupportedOperationException();
    }
}
