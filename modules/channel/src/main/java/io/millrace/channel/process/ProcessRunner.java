package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.log.LogStore;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the process host run what the channels of a node ask for. One per node; start it before any channel, so that what an
 * earlier life of the node left behind is gone.
 *
 * <p>A channel that starts anew on the same node may start a job again while its last process is still being killed. The
 * new one then waits until nothing is left of the old one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class ProcessRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRunner.class);

    /** Stands where output may be missing: lines are made durable a moment after they were read. */
    private static final String NODE_FAILED =
            "The node ended here and was started again while the command went on. Lines"
                    + " that it had read shortly before, and not stored yet, are missing.";

    private final ProcessHost host;
    private final WorkDirectories workDirectories;
    private final Map<String, String> inherited;
    private final Executor blocking;
    private final Instruments instruments;
    private final Map<Owner, ProcessRun> latest = new ConcurrentHashMap<>();
    private final LeftProcesses left = new LeftProcesses();

    /** Whose processes run one after the other. */
    private record Owner(String channel, String id) {
        static Owner of(RunKey key) {
            return new Owner(key.channel(), key.id());
        }
    }

    /**
     * Removes work directories that an earlier life of this node left behind, except those of processes that still run.
     *
     * @param host has ended what must not run any more
     * @param inherited variables of the node that every command is given
     * @param blocking its threads may block; directories are made there
     * @throws IOException if the data directory cannot be used
     */
    public static ProcessRunner start(
            ProcessHost host,
            Path dataDirectory,
            Map<String, String> inherited,
            Executor blocking,
            Instruments instruments)
            throws IOException {
        var directories = new WorkDirectories(dataDirectory.toAbsolutePath().normalize());
        directories.removeAllBut(host.inherited());
        return new ProcessRunner(host, directories, Map.copyOf(inherited), blocking, instruments);
    }

    private ProcessRunner(
            ProcessHost host,
            WorkDirectories workDirectories,
            Map<String, String> inherited,
            Executor blocking,
            Instruments instruments) {
        this.host = host;
        this.workDirectories = workDirectories;
        this.inherited = inherited;
        this.blocking = blocking;
        this.instruments = instruments;
    }

    /** The work directories of this node. */
    public WorkDirectories workDirectories() {
        return workDirectories;
    }

    /** How what jobs declare is enforced on this machine, by resource, for a person. */
    public Map<String, String> enforcement() {
        return host.enforcement();
    }

    /** Process id of the process host, which is this process if there is no companion. */
    public int hostPid() {
        return host.pid();
    }

    /** Starts a process; the listener hears how it went. */
    ProcessRun start(ProcessRequest request, ProcessOutput output, ProcessListener listener) {
        var run = new ProcessRun(request.key(), host, output, listener, instruments);
        ProcessRun before = register(run);
        if (before == null) {
            blocking.execute(() -> begin(request, run));
        } else {
            before.abandon();
            before.whenOver(() -> blocking.execute(() -> begin(request, run)));
        }
        return run;
    }

    private @Nullable ProcessRun register(ProcessRun run) {
        Owner owner = Owner.of(run.key());
        ProcessRun before = latest.put(owner, run);
        run.whenOver(() -> latest.remove(owner, run));
        return before;
    }

    /** Calls back once no process of this attempt runs on this node: at once if none does. */
    void whenGone(ChannelName channel, AttemptId attempt, Runnable action) {
        RunKey key = ProcessRequest.key(channel, attempt);
        ProcessRun run = latest.get(Owner.of(key));
        if (run == null || !run.key().equals(key)) {
            action.run();
        } else {
            run.whenOver(action);
        }
    }

    private void begin(ProcessRequest request, ProcessRun run) {
        try {
            Path home = workDirectories.create(request.channel(), request.attempt());
            host.start(request.order(home, inherited), run);
            run.killIfAbandoned();
        } catch (IOException | RuntimeException e) {
            LOG.error("Process of attempt {} in channel {} not started", request.attempt(), request.channel(), e);
            run.notStarted(notPrepared(e));
        }
    }

    /**
     * Leaves a process to its host, for whoever adopts it before its lease is over.
     *
     * @param stored told once everything that was taken of its output is durable
     */
    void leave(ProcessRun run, ActorRef<LogStore.Flushed> stored) {
        left.add(run);
        run.leave(stored);
    }

    /** The same where nothing can be stored any more: what was taken is kept for whoever adopts it. */
    void leaveUnstored(ProcessRun run) {
        left.add(run);
        run.leaveUnstored();
    }

    /** Takes over a process that was left to its host; the listener hears how it is. */
    ProcessRun adopt(
            ChannelName channel, AttemptId attempt, Survival survival, ProcessOutput output, ProcessListener listener) {
        var run = new ProcessRun(ProcessRequest.key(channel, attempt), host, output, listener, instruments);
        run.wasStarted();
        register(run);
        ProcessRun former = left.remove(run.key());
        if (former == null) {
            if (survival == Survival.FAILURE) {
                output.pump().note(NODE_FAILED);
            }
            host.adopt(run.key(), run);
        } else {
            run.goOnFrom(former, () -> host.adopt(run.key(), run));
        }
        return run;
    }

    /**
     * Attempts of a channel whose process an earlier life of it has left here: it runs, or how it ended is known.
     *
     * @param attempts those that may be meant
     */
    public Set<AttemptId> left(ChannelName channel, Collection<AttemptId> attempts) {
        if (attempts.isEmpty()) {
            return Set.of();
        }
        Set<RunKey> known = new HashSet<>(host.inherited());
        known.addAll(left.keys());
        return attempts.stream()
                .filter(attempt -> known.contains(ProcessRequest.key(channel, attempt)))
                .collect(Collectors.toSet());
    }

    /** Tells the process host of this node from every other, whatever the nodes are called. */
    public String hostId() {
        return host.id();
    }

    /** @param leaseEndsNanos ends of leases by process, on the clock of {@link System#nanoTime} */
    void renew(Map<RunKey, Long> leaseEndsNanos) {
        host.renew(leaseEndsNanos);
    }

    private static Problem notPrepared(Exception cause) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                "ProcessManager",
                "The node could not prepare the process: " + cause.getMessage()
                        + ". Look at the node's disk space, permissions and open files, then try again.");
    }

    /** A channel has left this node; nothing is kept for it any more. */
    void leave(ChannelName channel) {
        blocking.execute(() -> {
            try {
                workDirectories.leave(channel);
            } catch (IOException e) {
                LOG.warn("The work directories of channel {} are left to the node's next start", channel, e);
            }
        });
    }

    /** Ends what runs, except what survives the node. */
    @Override
    public void close() {
        host.close();
        try {
            workDirectories.close();
        } catch (IOException e) {
            LOG.warn("The work directories of this node are left to its next start", e);
        }
    }
}
