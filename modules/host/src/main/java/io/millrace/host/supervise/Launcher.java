package io.millrace.host.supervise;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.EnforcedLimits;
import io.millrace.host.limits.LimitEnforcement;
import io.millrace.host.sandbox.RunUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.system.CpuAffinity;
import io.millrace.host.system.LibC;
import io.millrace.host.system.OutOfMemoryScore;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.tree.ProcessTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts commands, on threads of its own: a start looks at files, and keeps its thread until the program is loaded.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class Launcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
    private static final String COMPONENT = "ProcessManager";

    private final ProcessTree tree;
    private final LimitEnforcement limits;
    private final Sandbox sandbox;
    private final OutOfMemoryScore score;
    private final ExecutorService starters;

    Launcher(ProcessTree tree, LimitEnforcement limits, Sandbox sandbox, OutOfMemoryScore score) {
        this.tree = tree;
        this.limits = limits;
        this.sandbox = sandbox;
        this.score = score;
        // More threads than processors gain nothing, as each waits for the processor only.
        this.starters = Executors.newFixedThreadPool(
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                Thread.ofPlatform().name("millrace-start-", 1).daemon(true).factory());
    }

    /** Hears how a start went, on a thread of the launcher: exactly one of the two is called. */
    interface Result {
        /** Whoever hears it owns the process and its descriptors. */
        void launched(Launched launched);

        void refused(Problem problem);
    }

    /**
     * Starts a command.
     *
     * @param deadlineNanos the lease as it is now; after it nothing is started
     */
    void launch(StartOrder order, LongSupplier deadlineNanos, Result result) {
        try {
            starters.execute(() -> launchNow(order, deadlineNanos, result));
        } catch (RejectedExecutionException e) {
            result.refused(stopping());
        }
    }

    private void launchNow(StartOrder order, LongSupplier deadlineNanos, Result result) {
        try {
            result.launched(launch(order, deadlineNanos));
        } catch (MillraceException e) {
            result.refused(e.problem());
        } catch (IOException | RuntimeException e) {
            LOG.error("The command of run {} was not started", order.key(), e);
            result.refused(notPrepared(e));
        }
    }

    private Launched launch(StartOrder order, LongSupplier deadlineNanos) throws IOException {
        var user = sandbox.userOf(order.key().channel());
        user.take(Path.of(order.home()));
        var plan = LaunchPlan.of(order, Map.of(ProcessTree.COOKIE, tree.cookie(order.key())), user);
        var confinement = sandbox.confinementOf(Path.of(order.home()), plan.workingDirectory());
        var enforced = limits.prepare(order.key().toString(), order.limits());
        boolean isStarted = false;
        try {
            var launched = launch(order, plan.as(user, confinement), user, enforced, deadlineNanos);
            isStarted = true;
            return launched;
        } catch (PosixSpawn.SpawnException e) {
            throw plan.problem(e).asException();
        } finally {
            if (!isStarted) {
                limits.release(enforced, _ -> {});
            }
        }
    }

    private Launched launch(
            StartOrder order, LaunchPlan plan, RunUser user, EnforcedLimits enforced, LongSupplier deadlineNanos)
            throws IOException {
        try (var streams = StandardStreams.open(order);
                var gate = sandbox.confines() ? Gate.closed() : null) {
            streams.giveTerminalTo(user);
            var limited = enforced.needsWrapper() ? LimitedLaunch.of(plan, enforced) : plan;
            requireLease(deadlineNanos);
            var started = gate == null
                    ? streams.planFor(limited)
                    : streams.planFor(limited).holdingSignals(gate.handedOver());
            int pid = spawn(order, started, enforced);
            int exit = exitDescriptor(order, pid);
            var launched = new Launched(
                    pid,
                    exit,
                    streams.output(),
                    streams.errors(),
                    enforced,
                    System.currentTimeMillis(),
                    gate == null ? null : letIn(order, gate, deadlineNanos, new Leader(pid, exit), streams));
            streams.handOver();
            return launched;
        }
    }

    /** What was started, with a descriptor that becomes readable when it ends. */
    private record Leader(int pid, int exit) {}

    /** A command that cannot be locked up is not left running. To lock it up takes long enough for a lease to run out. */
    private Confined letIn(
            StartOrder order, Gate gate, LongSupplier deadlineNanos, Leader leader, StandardStreams streams)
            throws IOException {
        var confined = gate.await(leader.pid);
        if (confined == null) {
            end(order, leader);
            throw notConfined(streams.whatWasSaid()).asException();
        }
        try {
            requireLease(deadlineNanos);
            score.raise(confined.command(), HostLimits.OUT_OF_MEMORY_POINTS);
            gate.open();
            return confined;
        } catch (IOException | RuntimeException e) {
            end(order, leader);
            confined.close();
            throw e;
        }
    }

    private void end(StartOrder order, Leader leader) {
        end(order);
        LibC.close(leader.exit);
    }

    /** The thread may have waited for a processor for long, or the whole machine may have stood still. */
    private static void requireLease(LongSupplier deadlineNanos) {
        if (deadlineNanos.getAsLong() - System.nanoTime() <= 0) {
            throw leaseOver().asException();
        }
    }

    private static Problem leaseOver() {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "The command was not started: the time in which its node may run it was over before. The node or its"
                        + " machine stood still or was overloaded; try again later.");
    }

    private int spawn(StartOrder order, PosixSpawn.Plan plan, EnforcedLimits enforced)
            throws PosixSpawn.SpawnException {
        tree.begin(order.key());
        boolean isStarted = false;
        try {
            int pid = spawn(plan, order.affinity());
            tree.started(order.key(), pid, enforced.group());
            score.raise(pid, HostLimits.OUT_OF_MEMORY_POINTS);
            isStarted = true;
            return pid;
        } finally {
            if (!isStarted) {
                tree.abandon(order.key());
            }
        }
    }

    /** A process inherits the processors of the thread that starts it, which are set for that long. */
    private static int spawn(PosixSpawn.Plan plan, List<Integer> affinity) throws PosixSpawn.SpawnException {
        if (affinity.isEmpty()) {
            return PosixSpawn.spawn(plan);
        }
        restrict(affinity);
        try {
            return PosixSpawn.spawn(plan);
        } finally {
            restrict(List.of());
        }
    }

    /** Whether it is possible was found out before; if that has changed since, the process runs where it may. */
    private static void restrict(List<Integer> affinity) {
        try {
            CpuAffinity.restrict(affinity);
        } catch (IOException e) {
            LOG.warn("The processors {} cannot be chosen for a process", affinity, e);
        }
    }

    /** A process that cannot be watched is not left running. */
    private int exitDescriptor(StartOrder order, int pid) throws IOException {
        try {
            return LibC.processDescriptor(pid);
        } catch (IOException e) {
            end(order);
            throw e;
        }
    }

    private void end(StartOrder order) {
        tree.end(order.key());
        tree.collect(order.key());
    }

    private static Problem notConfined(String said) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "The command was not started: it could not be locked up, which its node demands. bubblewrap says: "
                        + (said.isEmpty() ? "nothing" : said)
                        + ". Try again; if it stays so, the node's machine or millrace.processes.sandbox has to"
                        + " change.");
    }

    static Problem stopping() {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "The command was not started, as its node is stopping. Try again when the channel is on another node,"
                        + " or when this one has started again.");
    }

    private static Problem notPrepared(Exception cause) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                COMPONENT,
                "The node could not prepare the process: " + cause.getMessage()
                        + ". Look at the node's disk space, permissions and open files, then try again.");
    }

    /** Starts nothing any more; returns when no start is under way, after {@link HostLimits#STOP_MAX} at most. */
    @Override
    public void close() {
        Threads.end(starters);
    }
}
