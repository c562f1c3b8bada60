package io.millrace.host.client;

import io.millrace.host.HostLimits;
import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.protocol.HostState;
import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessDescriptor;
import io.millrace.host.system.Signals;
import io.millrace.host.tree.ProcessTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that hosts commands for this node, started by this life of the node or by an earlier one.
 *
 * @param state what it wrote about itself, by which it is told from any other process
 */
record Companion(HostState state, HostDirectory directory) {
    private static final Logger LOG = LoggerFactory.getLogger(Companion.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    int pid() {
        return state.pid();
    }

    /** Address of its socket. By way of its working directory it is short, however long the path of the directory is. */
    Path socket() {
        return Path.of("/proc/" + pid() + "/cwd").resolve(HostDirectory.socketName());
    }

    /**
     * Kills it, and then everything it had started. Blocks for at most twice {@link HostLimits#LEASE_LATENESS_MAX}, which
     * only a process needs that the system cannot kill at the moment.
     */
    void killWithEverything() throws IOException {
        kill();
        killLeftovers(directory);
    }

    private void kill() throws IOException {
        var process = ProcessDescriptor.open(pid());
        if (process.isEmpty()) {
            return;
        }
        try (var opened = process.get()) {
            // From here on the process id cannot have become another's without this being told.
            if (state.isAlive()) {
                opened.send(Signals.KILL);
            }
        }
        if (!endsWithin(HostLimits.LEASE_LATENESS_MAX)) {
            LOG.error("The process host (pid {}) has not ended although it was killed", pid());
        }
    }

    /**
     * Waits for its end. It is this node's child if this life of the node has started it, and has to be collected then.
     *
     * @return false if it still lives after this time
     */
    boolean endsWithin(Duration time) throws IOException {
        long deadline = System.nanoTime() + time.toNanos();
        while (state.isAlive()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        LibC.reap(pid());
        return true;
    }

    /** Kills what a companion of this directory has started, told by its mark. It is not there any more itself. */
    static void killLeftovers(HostDirectory directory) throws IOException {
        var hostId = directory.hostId();
        if (hostId.isEmpty()) {
            return;
        }
        var end = ProcessTree.sweep(hostId.get(), Set.of());
        if (end.killed() > 0) {
            LOG.warn("{} processes were killed that the process host had started", end.killed());
        }
        end.left().forEach(left -> LOG.error("Of what a process host that is gone had started, {}", left));
    }
}
