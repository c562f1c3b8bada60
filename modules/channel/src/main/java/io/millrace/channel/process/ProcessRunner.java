package io.millrace.channel.process;

import io.millrace.host.limits.SystemLimits;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.LimitEnforcement;
import io.millrace.host.limits.EnforcedLimits;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.Signals;
import io.millrace.host.system.CpuAffinity;
import io.millrace.host.system.LibC;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and watches the operating system processes of a node. One per node; start it before any channel, so that what
 * an earlier life of the node left behind is gone.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class ProcessRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRunner.class);
    private static final long LASTING_MILLIS = 1_000;
    private static final int REAPER_CHECK_SECONDS = 1;

    private final WorkDirectories workDirectories;
    private final Instruments instruments;
    private final ProcessReaper reaper;
    private final ProcessRecords records;
    private final ProcessWatch watch;
    private final LimitEnforcement limits;
    private final ExecutorService starters;
    private final ScheduledExecutorService housekeeping;

    /**
     * Kills processes and removes work directories and control groups that an earlier life of this node left behind.
     *
     * @param groups control groups for attempts whose jobs declare limits
     * @param blocking its threads may block; files of control groups are read and removed there
     * @throws IOException if the data directory cannot be used
     * @throws UnsupportedOperationException if the system is not Linux with glibc 2.34 or newer
     */
    public static ProcessRunner start(
            Path dataDirectory, ControlGroups groups, Executor blocking, Instruments instruments) throws IOException {
        return new ProcessRunner(dataDirectory.toAbsolutePath().normalize(), groups, blocking, instruments);
    }

    private ProcessRunner(Path dataDirectory, ControlGroups groups, Executor blocking, Instruments instruments)
            throws IOException {
        this.instruments = instruments;
        this.workDirectories = new WorkDirectories(dataDirectory);
        this.records = new ProcessRecords(dataDirectory);
        records.sweep();
        workDirectories.removeAll();
        this.reaper = new ProcessReaper();
        // A start keeps its thread until the program is loaded, so that more threads than processors gain nothing.
        this.starters = Executors.newFixedThreadPool(
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                Thread.ofPlatform().name("millrace-start-", 1).daemon(true).factory());
        this.housekeeping = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform()
                .name("millrace-process-records")
                .daemon(true)
                .factory());
        this.limits = new LimitEnforcement(groups, SystemLimits.read(), blocking, housekeeping);
        this.watch =
                new ProcessWatch(LASTING_MILLIS, process -> housekeeping.execute(() -> records.add(process.pid())));
        var _ = housekeeping.scheduleWithFixedDelay(
                reaper::check, REAPER_CHECK_SECONDS, REAPER_CHECK_SECONDS, TimeUnit.SECONDS);
    }

    /** The work directories of this node. */
    public WorkDirectories workDirectories() {
        return workDirectories;
    }

    /** How what jobs declare is enforced on this machine, by resource, for a person. */
    public Map<String, String> enforcement() {
        return limits.description();
    }

    /** Starts a process; the listener hears how it went, with the buffer of its output given back. */
    void start(ProcessRequest request, ProcessOutput output, ProcessListener listener) {
        starters.execute(() -> {
            try {
                launch(request, output, listener);
            } catch (MillraceException e) {
                refuse(e.problem(), output, listener);
            } catch (IOException | RuntimeException e) {
                LOG.error("Process of attempt {} in channel {} not started", request.attempt(), request.channel(), e);
                refuse(notStarted(e), output, listener);
            }
        });
    }

    private void launch(ProcessRequest request, ProcessOutput output, ProcessListener listener) throws IOException {
        var home = workDirectories.create(request.channel(), request.attempt());
        var plan = LaunchPlan.of(request, home);
        var enforced = limits.prepare(request.attempt() + "-" + request.attempt().epoch(), request.limits());
        boolean isStarted = false;
        try {
            isStarted = launch(request, plan, enforced, output, listener);
        } finally {
            if (!isStarted) {
                limits.release(enforced, _ -> {});
            }
        }
    }

    /** False if the system refused, which the listener was told then. */
    private boolean launch(
            ProcessRequest request,
            LaunchPlan plan,
            EnforcedLimits enforced,
            ProcessOutput output,
            ProcessListener listener)
            throws IOException {
        int[] out = LibC.pipe();
        int[] err = {-1, -1};
        int input = -1;
        try {
            err = LibC.pipe();
            input = request.work().stdin().isEmpty()
                    ? -1
                    : LibC.memoryFile(request.work().stdin().getBytes(StandardCharsets.UTF_8));
            var launched = enforced.needsWrapper() ? LimitedLaunch.of(plan, enforced) : plan;
            int pid = spawn(launched, request.affinity(), input, out[1], err[1]);
            var process = watched(pid, plan, enforced, out[0], err[0], output, listener);
            out[0] = -1;
            err[0] = -1;
            listener.started(process, enforced.conditions());
            watch.add(process);
            return true;
        } catch (PosixSpawn.SpawnException e) {
            refuse(plan.problem(e), output, listener);
            return false;
        } finally {
            closeAll(input, out[0], out[1], err[0], err[1]);
        }
    }

    /** A process inherits the processors of the thread that starts it, which are set for that long. */
    private static int spawn(LaunchPlan plan, List<Integer> affinity, int input, int output, int errors)
            throws PosixSpawn.SpawnException {
        if (affinity.isEmpty()) {
            return spawn(plan, input, output, errors);
        }
        restrict(affinity);
        try {
            return spawn(plan, input, output, errors);
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

    private static int spawn(LaunchPlan plan, int input, int output, int errors) throws PosixSpawn.SpawnException {
        return PosixSpawn.spawn(new PosixSpawn.Plan(
                plan.executable(),
                plan.arguments(),
                plan.environment(),
                plan.workingDirectory().toString(),
                input,
                output,
                errors));
    }

    private RunningProcess watched(
            int pid,
            LaunchPlan plan,
            EnforcedLimits enforced,
            int outputPipe,
            int errorPipe,
            ProcessOutput output,
            ProcessListener listener)
            throws IOException {
        reaper.add(pid);
        instruments.processStarted();
        int descriptor;
        try {
            descriptor = LibC.processDescriptor(pid);
        } catch (IOException e) {
            Signals.sendToGroup(pid, Signals.KILL);
            reaper.remove(pid);
            instruments.processEnded();
            throw e;
        }
        return new RunningProcess(
                pid,
                String.join(" ", plan.arguments()),
                descriptor,
                outputPipe,
                errorPipe,
                output,
                status -> ended(pid, enforced, output, status, listener));
    }

    /** A process that has ended is forgotten before its listener hears of it. */
    private void ended(
            int pid, EnforcedLimits enforced, ProcessOutput output, ExitStatus status, ProcessListener listener) {
        reaper.remove(pid);
        instruments.processEnded();
        output.giveBackBuffer(() -> limits.release(enforced, report -> listener.ended(status, report)));
    }

    private void refuse(Problem problem, ProcessOutput output, ProcessListener listener) {
        instruments.processRefused();
        output.giveBackBuffer(() -> listener.notStarted(problem));
    }

    private static Problem notStarted(Exception cause) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                "ProcessManager",
                "The node could not prepare the process: " + cause.getMessage()
                        + ". Look at the node's disk space, permissions and open files, then try again.");
    }

    private static void closeAll(int... descriptors) {
        for (int descriptor : descriptors) {
            if (descriptor >= 0) {
                LibC.close(descriptor);
            }
        }
    }

    int reaperPid() {
        return reaper.pid();
    }

    /** Kills what still runs. */
    @Override
    public void close() {
        watch.forEach(RunningProcess::kill);
        starters.shutdown();
        housekeeping.shutdown();
        reaper.close();
        watch.close();
        limits.close();
    }
}
