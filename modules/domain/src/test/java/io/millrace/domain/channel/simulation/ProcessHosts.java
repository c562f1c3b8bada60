package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What runs the processes of all nodes, one host per data directory. It goes on when its node stands still or crashes, and
 * ends a process when its lease is over, a little late. How one ended that nobody listened to it remembers until it is told
 * to forget it. No two processes of a job ever run at once.
 */
final class ProcessHosts {
    static final long LEASE_MILLIS = 1_000;
    static final long LATENESS_MILLIS_MAX = 50;

    private final Simulation simulation;
    private final TreeMap<Long, Process> running = new TreeMap<>();
    /** By epoch, the hosts that know how a process ended. */
    private final TreeMap<Long, String> ended = new TreeMap<>();

    private static final class Process {
        private final String host;
        private final JobId job;
        private final long epoch;
        private @Nullable Runnable listener;
        private long leaseEndMillis;

        private Process(String host, JobId job, long epoch, long leaseEndMillis, Runnable listener) {
            this.host = host;
            this.job = job;
            this.epoch = epoch;
            this.leaseEndMillis = leaseEndMillis;
            this.listener = listener;
        }
    }

    ProcessHosts(Simulation simulation) {
        this.simulation = simulation;
    }

    /**
     * Starts a process unless its lease is over.
     *
     * @param ended called when it ends or was not started, whyever
     */
    void start(Node node, JobId job, long epoch, long leaseEndMillis, long durationMillis, Runnable ended) {
        Process process = new Process(node.host(), job, epoch, leaseEndMillis, ended);
        if (leaseEndMillis <= now()) {
            simulation.sightings().add("Lease over before the start");
            ended.run();
            return;
        }
        for (Process other : running.values()) {
            BrokenPromise.unless(
                    !other.job.equals(job),
                    () -> "job " + Brief.job(job) + " runs on " + node.host() + " in epoch " + epoch + " and on "
                            + other.host + " in epoch " + other.epoch);
        }
        running.put(epoch, process);
        simulation.loop().after(durationMillis, () -> end(process));
        watch(process);
    }

    private void watch(Process process) {
        simulation.loop().after(process.leaseEndMillis - now(), () -> {
            if (process.leaseEndMillis > now()) {
                watch(process);
            } else if (isRunning(process)) {
                simulation.sightings().add("Lease over");
                int lateness = simulation.random().between(0, (int) LATENESS_MILLIS_MAX);
                simulation.loop().after(lateness, () -> end(process));
            }
        });
    }

    /** True if the host of this node runs the process of an attempt, or remembers how it ended. */
    boolean has(Node node, long epoch) {
        Process process = running.get(epoch);
        return node.host().equals(process == null ? ended.get(epoch) : process.host);
    }

    /**
     * Takes a process over.
     *
     * @param whenEnded called when it ends, or if it has ended
     * @param notThere called if the host of the node does not know it
     */
    void adopt(Node node, long epoch, Runnable whenEnded, Runnable notThere) {
        Process process = running.get(epoch);
        if (!has(node, epoch)) {
            simulation.sightings().add("Process to be adopted was gone");
            notThere.run();
        } else if (process == null) {
            simulation.sightings().add("Adopted a process that had ended");
            whenEnded.run();
        } else {
            simulation.sightings().add("Adopted a process that ran");
            process.listener = whenEnded;
        }
    }

    /** A lease that is over is not renewed, nor is one of a process that nobody has taken over. */
    void renew(Node node, long leaseEndMillis) {
        for (Process process : running.values()) {
            if (process.host.equals(node.host()) && process.listener != null && process.leaseEndMillis > now()) {
                process.leaseEndMillis = Math.max(process.leaseEndMillis, leaseEndMillis);
            }
        }
    }

    boolean hasProcesses(Node node) {
        return !on(node).isEmpty();
    }

    void kill(long epoch) {
        Process process = running.get(epoch);
        if (process != null) {
            end(process);
        }
    }

    void killAll(Node node) {
        on(node).forEach(this::end);
    }

    /** Nobody listens any more: what runs goes on until its lease is over or somebody takes it over. */
    void letGo(Node node) {
        on(node).forEach(process -> process.listener = null);
    }

    /** The host is gone with everything it ran and knew. */
    void lose(Node node) {
        simulation.trace().add(() -> node.host() + " loses its processes");
        killAll(node);
        ended.values().removeIf(node.host()::equals);
    }

    /** The end of a process is stored. */
    void forget(long epoch) {
        ended.remove(epoch);
    }

    private List<Process> on(Node node) {
        return running.values().stream()
                .filter(process -> process.host.equals(node.host()))
                .toList();
    }

    private void end(Process process) {
        if (isRunning(process)) {
            running.remove(process.epoch);
            ended.put(process.epoch, process.host);
            if (process.listener != null) {
                process.listener.run();
            }
        }
    }

    private boolean isRunning(Process process) {
        return running.get(process.epoch) == process;
    }

    private long now() {
        return simulation.loop().nowMillis();
    }
}
