package io.millrace.host.supervise;

import static java.util.Objects.requireNonNull;

import io.millrace.contracts.Problem;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.RunListener.Started;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.supervise.Deadlines.Deadline;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.Signals;
import io.millrace.host.tree.TreeEnd;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run, from its order until its end is forgotten. Used by the loop's thread, but for {@link #deadlineNanos}.
 *
 * <p>It ends in this order: the command exits; what is left of its tree is killed; its process id is given back to the
 * system; its output is read to the end; its limits are released; how it ended is known, and told when everything it wrote
 * was handed over.
 */
final class Run implements RunOutput.Observer {
    private static final Logger LOG = LoggerFactory.getLogger(Run.class);
    /** A killed command that takes longer to exit waits for something that may take long. */
    private static final long EXIT_EXPECTED_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** So many orphans may be looked at by the loop's thread; with more of them another one does. */
    private static final int ORPHANS_PASSED_MAX = 16;

    private final RunKey key;
    private final boolean survivesNode;
    private final EventLoop loop;
    private final RunServices services;
    private @Nullable RunListener listener;
    private volatile long deadlineNanos;
    private @Nullable Deadline lapse;
    private int earlySignal;
    private @Nullable EndReason reason;
    private boolean isKilled;
    private boolean hasExited;
    private boolean isSearching;
    private @Nullable Deadline search;
    private int leftovers;
    private @Nullable Launched launched;
    private @Nullable RunOutput output;
    private @Nullable Started started;
    private @Nullable ExitStatus status;
    private @Nullable Ended ended;
    private boolean isEndTold;

    /** A run that is being started. */
    Run(StartOrder order, RunListener listener, RunServices services) {
        this.key = order.key();
        this.survivesNode = order.survivesNode();
        this.loop = services.loop();
        this.services = services;
        this.listener = listener;
        this.deadlineNanos = cut(order.deadlineNanos());
        this.lapse = loop.at(deadlineNanos, this::lapse);
    }

    /** A run whose end was written down by an earlier life of the host. */
    Run(EndRecord end, RunServices services) {
        this.key = end.key();
        this.survivesNode = false;
        this.loop = services.loop();
        this.services = services;
        this.started = end.started();
        this.status = end.ended().status();
        this.ended = end.ended();
        this.hasExited = true;
    }

    private static long cut(long deadlineNanos) {
        long now = System.nanoTime();
        return now + Math.min(deadlineNanos - now, HostLimits.LEASE_MAX.toNanos());
    }

    RunKey key() {
        return key;
    }

    /** The lease, on the clock of {@link System#nanoTime}; read by the launcher's threads too. */
    long deadlineNanos() {
        return deadlineNanos;
    }

    // Who listens

    /** Another listener takes the place of the one before and hears how it is. */
    void attach(RunListener next) {
        listener = next;
        isEndTold = false;
        if (started != null) {
            next.started(started);
        }
        if (output != null) {
            output.attach(next);
        }
        tellEnd();
    }

    /** True if it ended by itself, so that a node that comes back has use for its output. */
    boolean mayBeTakenOver() {
        return survivesNode && ended != null && ended.reason() == null;
    }

    /** Nobody listens any more, as the node is gone. */
    void detach() {
        listener = null;
        if (output != null) {
            output.detach();
        }
        if (!survivesNode) {
            kill(EndReason.NODE_GONE);
        }
    }

    // Its start

    void refused(Problem problem) {
        loop.cancel(lapse);
        services.table().notStarted(this);
        if (listener != null) {
            listener.notStarted(problem);
        }
    }

    /** It runs; what it was sent while it was being started reaches it now. */
    void launched(Launched now) {
        launched = now;
        started = new Started(
                now.commandPid(), now.startedAtMillis(), now.limits().conditions());
        watchExit(now);
        if (deadlineNanos - System.nanoTime() <= 0) {
            lapse();
        }
        if (earlySignal != 0) {
            signal(earlySignal);
        }
        output = new RunOutput(
                loop, now.pipes(loop), survivesNode, services.outputs().create(key), this);
        if (listener != null) {
            listener.started(started);
            output.attach(listener);
        }
        output.start();
    }

    private void watchExit(Launched process) {
        var watch = new WatchedDescriptor(loop, process.exit());
        watch.watch(_ -> {
            watch.close();
            onExit();
        });
    }

    // Signals and leases

    /** A signal to a command that is being started reaches it once it runs. */
    void signal(int signal) {
        if (launched == null) {
            earlySignal = earlySignal == Signals.KILL ? earlySignal : signal;
        } else if (signal == Signals.KILL) {
            kill();
        } else {
            services.tree().signal(key, signal);
        }
    }

    /** Ends it with everything it started. */
    void kill() {
        if (launched == null) {
            earlySignal = Signals.KILL;
        } else if (!hasExited && !isKilled) {
            isKilled = true;
            services.tree().signal(key, Signals.KILL);
            search = loop.at(System.nanoTime() + EXIT_EXPECTED_NANOS, this::searchTree);
        }
    }

    /** Ends it with the host, without waiting for anybody who has not taken its output. */
    void stop() {
        kill();
        if (output != null) {
            output.abandon();
        }
    }

    /** Ends it for a reason of the host's own, unless it is being ended already. */
    private void kill(EndReason why) {
        if (!hasExited && !isKilled && reason == null) {
            reason = why;
            LOG.warn("Run {} is ended: {}", key, why);
            kill();
        }
    }

    /** A lease that has run out stays so. A deadline that came late does not take back a later one. */
    void renew(long nanos) {
        long next = cut(nanos);
        if (!hasExited && deadlineNanos - System.nanoTime() > 0 && next - deadlineNanos > 0) {
            deadlineNanos = next;
            loop.cancel(lapse);
            lapse = loop.at(next, this::lapse);
        }
    }

    /** Ends it in favour of a newer run of the same job or process. */
    void replace() {
        kill(EndReason.REPLACED);
    }

    private void lapse() {
        services.table().holdNoLonger(key);
        kill(EndReason.LEASE);
    }

    // Its end

    private void onExit() {
        hasExited = true;
        loop.cancel(search);
        if (isSearching) {
            return;
        }
        leftovers += isKilled ? 0 : requireNonNull(launched).leftInNamespace();
        var tree = services.tree();
        if (!isKilled && tree.orphans() <= ORPHANS_PASSED_MAX && tree.isClear(key)) {
            collect();
        } else {
            services.trees().end(key, end -> loop.submit(() -> onTreeEnded(end)));
        }
    }

    /** The command does not exit, though it was killed; the rest of its tree does not wait for it. */
    private void searchTree() {
        isSearching = true;
        services.blocking().execute(() -> {
            var end = services.tree().end(key);
            loop.submit(() -> {
                isSearching = false;
                onTreeEnded(end);
            });
        });
    }

    private void onTreeEnded(TreeEnd end) {
        leftovers += isKilled || requireNonNull(launched).confined() != null ? 0 : end.killed();
        if (!end.left().isEmpty()) {
            LOG.error("Of run {} is left: {}", key, end.left());
        }
        if (hasExited) {
            collect();
        }
    }

    private void collect() {
        var process = requireNonNull(launched);
        status = ExitStatus.of(process.waitStatus(services.tree().collect(key).orElse(-1)));
        process.close();
        loop.cancel(lapse);
        requireNonNull(output).end();
        LOG.debug("Run {}, process {}, has ended: {}", key, process.pid(), status);
    }

    /** Its output was read to the end. */
    @Override
    public void closed() {
        services.limits().release(requireNonNull(launched).limits(), report -> loop.submit(() -> end(report)));
    }

    private void end(LimitReport report) {
        long dropped = requireNonNull(output).droppedBytes();
        ended = new Ended(requireNonNull(status), System.currentTimeMillis(), reason, report, dropped, leftovers);
        services.table().ended(this);
        tellEnd();
    }

    @Override
    public void delivered() {
        tellEnd();
    }

    private void tellEnd() {
        var how = ended;
        var hearer = listener;
        boolean isDelivered = output == null || output.isDelivered();
        if (how != null && hearer != null && isDelivered && !isEndTold) {
            isEndTold = true;
            hearer.ended(how);
        }
    }

    /** A listener that cannot hear must not leave a command running that nobody reads from. */
    @Override
    public void failed(RuntimeException cause) {
        LOG.error("The output of run {} cannot be handed over; it is ended", key, cause);
        kill();
        requireNonNull(output).abandon();
    }

    /** Nobody wants to know any more. */
    void forget() {
        listener = null;
        if (output != null) {
            output.abandon();
        }
    }

    /** How it went; only once it has ended. */
    EndRecord endRecord() {
        return new EndRecord(key, requireNonNull(started), requireNonNull(ended));
    }
}
