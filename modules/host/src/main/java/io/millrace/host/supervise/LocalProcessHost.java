package io.millrace.host.supervise;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostIdentity;
import io.millrace.host.HostLimits;
import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.LimitEnforcement;
import io.millrace.host.limits.SystemLimits;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.system.LibC;
import io.millrace.host.system.OutOfMemoryScore;
import io.millrace.host.tree.OtherChildren;
import io.millrace.host.tree.ProcessTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process host that starts and watches commands itself, with a handful of threads for all of them: one event loop that
 * everything known of a run belongs to, a few that start commands, one that ends what is left of their trees, one that
 * writes and reads the host's files, and a timer.
 *
 * <p>Its directory holds {@code id} ({@link HostId}), {@code output} ({@link KeptOutputs}) and {@code ends}
 * ({@link EndRecords}).
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class LocalProcessHost implements ProcessHost {
    private static final Logger LOG = LoggerFactory.getLogger(LocalProcessHost.class);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final long TEND_MILLIS = 1_000;

    private final String identity;
    private final EventLoop loop;
    private final RunTable runs;
    private final RunServices services;
    private final Launcher launcher;
    private final Sandbox sandbox;
    private final CommonLimits common;
    private final OutOfMemoryScore score = OutOfMemoryScore.own();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final ExecutorService blocking;
    private final ExecutorService files;
    private final ScheduledExecutorService timer;

    /**
     * A host in a process that has other children than the commands.
     *
     * @see #start(Path, ControlGroups, OtherChildren)
     */
    public static LocalProcessHost start(Path directory, ControlGroups groups) throws IOException {
        return start(directory, groups, OtherChildren.POSSIBLE);
    }

    /**
     * Begins to serve, once everything has ended that an earlier life of this host left running.
     *
     * @param directory of the host's own files; made if it is not there
     * @param groups control groups for runs whose orders declare limits
     * @param others whether this process has other children than the commands
     * @param sandbox whom the commands run as
     * @param common limits of every command
     * @throws IOException if the directory cannot be used
     * @throws UnsupportedOperationException if the system is not Linux with glibc 2.34 or newer
     */
    public static LocalProcessHost start(
            Path directory, ControlGroups groups, OtherChildren others, Sandbox sandbox, CommonLimits common)
            throws IOException {
        Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        // Of a host that never had an id nothing can be marked.
        HostId.find(directory).ifPresent(LocalProcessHost::sweep);
        return new LocalProcessHost(directory, HostId.of(directory), groups, others, sandbox, common);
    }

    /** Begins with commands that run as this process does and have no limits of their own. */
    public static LocalProcessHost start(Path directory, ControlGroups groups, OtherChildren others)
            throws IOException {
        return start(directory, groups, others, Sandbox.of(ProcessUser.OWN), CommonLimits.NONE);
    }

    private LocalProcessHost(
            Path directory, HostId id, ControlGroups groups, OtherChildren others, Sandbox sandbox, CommonLimits common)
            throws IOException {
        this.identity = HostIdentity.onThisMachine(id.value());
        this.sandbox = sandbox;
        var system = SystemLimits.read();
        this.common = (sandbox.hasOwnUsers() ? common : common.withoutProcesses()).within(system);
        this.blocking = Executors.newVirtualThreadPerTaskExecutor();
        this.files = Executors.newSingleThreadExecutor(Threads.named("millrace-host-files"));
        this.timer = Executors.newSingleThreadScheduledExecutor(Threads.named("millrace-host-timer"));
        this.loop = new EventLoop("millrace-processes");
        var records = new EndRecords(directory.resolve("ends"), files);
        this.runs = new RunTable(loop, records);
        var limits = new LimitEnforcement(groups, system, this.common, blocking, timer);
        var tree = new ProcessTree(id.value(), others);
        this.services = new RunServices(
                loop,
                runs,
                tree,
                new TreeEnder(tree),
                limits,
                new KeptOutputs(directory.resolve("output"), files),
                blocking);
        this.launcher = new Launcher(tree, limits, sandbox, score);
        blocking.execute(LibC::prepareReading);
        begin(records);
    }

    private static void sweep(HostId id) {
        var swept = ProcessTree.sweep(id.value(), Set.of());
        if (swept.killed() > 0) {
            LOG.warn("{} processes of an earlier life of this host were killed", swept.killed());
        }
        if (!swept.left().isEmpty()) {
            LOG.error("Of an earlier life of this host is left: {}", swept.left());
        }
    }

    private void begin(EndRecords records) throws IOException {
        var ends = records.readAll();
        awaitDone(() -> ends.forEach(end -> runs.addWritten(new Run(end, services))));
        writeOverdueEnds();
        var _ = timer.scheduleWithFixedDelay(this::tend, TEND_MILLIS, TEND_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tend() {
        try {
            services.tree().tend();
        } catch (RuntimeException e) {
            // It is tried again: a timer would not.
            LOG.error("Orphans of commands cannot be looked after", e);
        }
    }

    private void writeOverdueEnds() {
        loop.submit(() -> {
            runs.writeOverdue();
            loop.at(System.nanoTime() + HostLimits.END_UNCONFIRMED_MAX.toNanos(), this::writeOverdueEnds);
        });
    }

    @Override
    public void start(StartOrder order, RunListener listener) {
        if (isClosed.get()) {
            listener.notStarted(Launcher.stopping());
        } else {
            loop.submit(() -> admit(order, listener));
        }
    }

    private void admit(StartOrder order, RunListener listener) {
        var known = runs.find(order.key());
        var refusal = known == null ? runs.refusal(order.key()) : null;
        if (known != null) {
            runs.attach(known, listener);
        } else if (refusal != null) {
            listener.notStarted(refusal);
        } else {
            var run = new Run(order, listener, services);
            runs.add(run);
            runs.launch(run, () -> launcher.launch(order, run::deadlineNanos, new ToLoop(loop, run)));
        }
    }

    @Override
    public void adopt(RunKey key, RunListener listener) {
        loop.submit(() -> {
            var run = runs.find(key);
            if (run == null) {
                listener.notStarted(unknown(key));
            } else {
                runs.attach(run, listener);
            }
        });
    }

    private static Problem unknown(RunKey key) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                "ProcessManager",
                "The command of run " + key
                        + " is not there any more: it has ended, and how is not known, or the process"
                        + " host of the node was started anew since and has ended it. Start it again if it is needed.");
    }

    @Override
    public void signal(RunKey key, int signal) {
        withRun(key, run -> run.signal(signal));
    }

    @Override
    public void kill(RunKey key) {
        withRun(key, Run::kill);
    }

    @Override
    public void renew(Map<RunKey, Long> deadlines) {
        var all = Map.copyOf(deadlines);
        loop.submit(() -> all.forEach((key, nanos) -> {
            var run = runs.find(key);
            if (run != null) {
                run.renew(nanos);
            }
        }));
    }

    private void withRun(RunKey key, Consumer<Run> action) {
        loop.submit(() -> {
            var run = runs.find(key);
            if (run != null) {
                action.accept(run);
            }
        });
    }

    @Override
    public void forget(RunKey key) {
        loop.submit(() -> runs.forget(key));
    }

    @Override
    public List<RunKey> inherited() {
        return runs.unattended();
    }

    @Override
    public String id() {
        return identity;
    }

    @Override
    public Map<String, String> enforcement() {
        var enforcement = new LinkedHashMap<>(sandbox.description());
        enforcement.putAll(common.description(sandbox.hasOwnUsers()));
        enforcement.putAll(services.limits().description());
        enforcement.put(
                "memory of the machine",
                score.isChangeable()
                        ? "commands are ended before the node and its process host when it runs short"
                        : "not enforced: the system does not let a score be set (/proc/self/oom_score_adj)");
        return enforcement;
    }

    @Override
    public int pid() {
        return (int) ProcessHandle.current().pid();
    }

    /** True while a node that is gone may come back for how something ended, and for what it wrote. */
    public boolean isAwaitingNode() {
        return runs.isAwaitingNode();
    }

    /** How many runs are under way. */
    public int underWay() {
        return runs.underWay();
    }

    /**
     * The node is gone: runs that do not survive it are ended, the others go on until their deadline or until somebody
     * adopts them. Returns when no listener is called any more and none of their memory is used, so it may block for a
     * moment.
     */
    public void detach() {
        awaitDone(runs::detachAll);
    }

    /** Ends every run, as nobody would end it at its deadline, and waits until they are gone. */
    @Override
    public void close() {
        if (isClosed.getAndSet(true)) {
            return;
        }
        launcher.close();
        await(done -> {
            runs.forEach(Run::stop);
            runs.whenIdle(done);
        });
        loop.close();
        services.trees().close();
        timer.shutdown();
        services.limits().close();
        blocking.shutdown();
        Threads.end(files);
    }

    private void awaitDone(Runnable task) {
        await(done -> {
            task.run();
            done.run();
        });
    }

    /** @param task run by the loop; runs what it is given when it is done */
    private void await(Consumer<Runnable> task) {
        var done = new CompletableFuture<Void>();
        loop.submit(() -> task.accept(() -> done.complete(null)));
        try {
            done.get(HostLimits.STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.error("The event loop of the process host is not done in time", e);
        }
    }

    /** Brings what a start has come to to the loop's thread. */
    private record ToLoop(EventLoop loop, Run run) implements Launcher.Result {
        @Override
        public void launched(Launched launched) {
            loop.submit(() -> run.launched(launched));
        }

        @Override
        public void refused(Problem problem) {
            loop.submit(() -> run.refused(problem));
        }
    }
}
