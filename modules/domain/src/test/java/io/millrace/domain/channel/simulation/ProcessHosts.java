package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import java.util.List;
import java.util.TreeMap;

/**
 * What runs the processes of all nodes. It goes on while a node stands still, and ends a process when its lease is over, a
 * little late; when the node crashes; or when the owner on it lets go. No two processes of a job ever run at once.
 */
final class ProcessHosts {
    static final long LEASE_MILLIS = 1_000;
    static final long LATENESS_MILLIS_MAX = 50;

    private static final int DEATH_NOTICED_MILLIS_MAX = 400;

    private final Simulation simulation;
    private final TreeMap<Long, Process> running = new TreeMap<>();

    private static final class Process {
        private final Node node;
        private final JobId job;
        private final long epoch;
        private final Runnable ended;
        private long leaseEndMillis;

        private Process(Node node, JobId job, long epoch, long leaseEndMillis, Runnable ended) {
            this.node = node;
            this.job = job;
            this.epoch = epoch;
            this.leaseEndMillis = leaseEndMillis;
            this.ended = ended;
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
        Process process = new Process(node, job, epoch, leaseEndMillis, ended);
        if (leaseEndMillis <= now()) {
            simulation.sightings().add("Lease over before the start");
            ended.run();
            return;
        }
        for (Process other : running.values()) {
            BrokenPromise.unless(
                    !other.job.equals(job),
                    () -> "job " + Brief.job(job) + " runs on " + node.name() + " in epoch " + epoch + " and on "
                            + other.node.name() + " in epoch " + other.epoch);
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

    /** A lease that is over is not renewed. */
    void renew(Node node, long leaseEndMillis) {
        for (Process process : running.values()) {
            if (process.node == node && process.leaseEndMillis > now()) {
                process.leaseEndMillis = Math.max(process.leaseEndMillis, leaseEndMillis);
            }
        }
    }

    boolean hasProcesses(Node node) {
        return running.values().stream().anyMatch(process -> process.node == node);
    }

    void kill(long epoch) {
        Process process = running.get(epoch);
        if (process != null) {
            end(process);
        }
    }

    void killAll(Node node) {
        List.copyOf(running.values()).stream()
                .filter(process -> process.node == node)
                .forEach(this::end);
    }

    /** The node is gone, which is soon noticed. */
    void nodeCrashed(Node node) {
        List<Process> orphans = running.values().stream()
                .filter(process -> process.node == node)
                .toList();
        int noticed = simulation.random().between(0, DEATH_NOTICED_MILLIS_MAX);
        simulation.loop().after(noticed, () -> orphans.forEach(this::end));
    }

    private void end(Process process) {
        if (isRunning(process)) {
            running.remove(process.epoch);
            process.ended.run();
        }
    }

    private boolean isRunning(Process process) {
        return running.get(process.epoch) == process;
    }

    private long now() {
        return simulation.loop().nowMillis();
    }
}
