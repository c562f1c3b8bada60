package io.millrace.channel.service;

import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ScriptView;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Owns the services and commands of one channel. */
public final class ServiceManager {
    private ServiceManager() {}

    /** Messages of the service manager. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, too. A process is named by its id or by its name. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Register a process and start it. Answered with {@link Registered}.
     *
     * @param spec with an empty command if it names a script
     * @param requestKey a second request with the same key is answered with the process of the first, absent for none
     * @param bodyHash digest of the request that came with the key
     */
    public record Start(
            ProcessSpec spec,
            @Nullable String requestKey,
            @Nullable String bodyHash,
            ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    public record Show(String process, ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * A part of the list of all processes, oldest first. Answered with {@link Listed}.
     *
     * @param offset processes before the part
     */
    public record ListProcesses(int offset, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown} once it has ended, or as it is when the time is up. */
    public record Stop(String process, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown} once it runs again or has failed to, or as it is when the time is up. */
    public record Restart(String process, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** @param signal without {@code SIG}. Answered with {@link Shown} */
    public record Signal(String process, String signal, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Removed}. */
    public record Remove(String process, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Scripts}. */
    public record FindScripts(String directory, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Totals}. */
    public record ShowTotals(ActorRef<ManagerReply> replyTo) implements Request {}

    /** @param isReplayed true if an earlier request with the same key registered it */
    public record Registered(ProcessView process, boolean isReplayed) implements ManagerReply {}

    public record Shown(ProcessView process) implements ManagerReply {}

    /** @param isLast true if none follow */
    public record Listed(List<ProcessView> processes, boolean isLast) implements ManagerReply {
        public Listed {
            processes = List.copyOf(processes);
        }
    }

    /** @param isGone false if it has not ended yet: it is removed when it has */
    public record Removed(boolean isGone) implements ManagerReply {}

    public record Scripts(List<ScriptView> scripts) implements ManagerReply {
        public Scripts {
            scripts = List.copyOf(scripts);
        }
    }

    /** Numbers of the whole channel by name. */
    public record Totals(Map<String, Double> values) implements ManagerReply {
        public Totals {
            values = Map.copyOf(values);
        }
    }
}
