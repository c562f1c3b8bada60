package io.millrace.domain.channel.simulation;

import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;

/**
 * What an owner knows of leases: until when its own processes may run, and whether those of other nodes are over. A lease
 * begins before the write or the read that shows whose the channel is.
 */
final class LeaseKeeper {
    private static final long TAKE_OVER_MILLIS =
            (ProcessHosts.LEASE_MILLIS + ProcessHosts.LATENESS_MILLIS_MAX) * 101 / 100;

    private final Node node;
    private final ChannelOwner owner;
    private final Simulation simulation;
    private long endMillis;
    private boolean isReading;
    private boolean areOthersOver;

    LeaseKeeper(Node node, ChannelOwner owner, Simulation simulation) {
        this.node = node;
        this.owner = owner;
        this.simulation = simulation;
    }

    /** From the time the channel is this owner's, nobody else renews; so one day all leases of others are over. */
    void takeOver() {
        long delay = simulation.flaw() == Flaw.TAKES_PROCESSES_OVER_AT_ONCE ? 0 : TAKE_OVER_MILLIS;
        node.after(delay, () -> areOthersOver = true);
    }

    void written(long sentMillis) {
        endMillis = Math.max(endMillis, sentMillis + ProcessHosts.LEASE_MILLIS);
        simulation.processes().renew(node, endMillis);
    }

    long endMillis() {
        return endMillis;
    }

    /** True for an attempt of an earlier owner that cannot run any more. */
    boolean isOver(LiveChannel live, LiveJob.Running job) {
        return areOthersOver || !live.mayRunElsewhere(job);
    }

    /** Reads the journal if a third of the lease is over and a process depends on it. */
    void renewIfDue() {
        long now = simulation.loop().nowMillis();
        boolean isDue = endMillis - now < ProcessHosts.LEASE_MILLIS * 2 / 3;
        if (!isReading && isDue && simulation.processes().hasProcesses(node)) {
            isReading = true;
            simulation.loop().after(simulation.random().between(1, 10), () -> read(now));
        }
    }

    private void read(long beganMillis) {
        long highest = simulation.journal().lastSequence();
        boolean isSlow = simulation.hasFaults() && simulation.random().oneIn(3);
        node.after(
                simulation.random().between(1, isSlow ? 800 : 10),
                () -> owner.whenFree(() -> heard(beganMillis, highest)));
    }

    private void heard(long beganMillis, long highest) {
        isReading = false;
        if (owner.isGone()) {
            return;
        }
        if (highest > owner.sequence() && simulation.flaw() != Flaw.RENEWS_LEASES_OF_A_LOST_CHANNEL) {
            simulation.sightings().add("Owner behind the journal");
            owner.superseded();
            return;
        }
        endMillis = Math.max(endMillis, beganMillis + ProcessHosts.LEASE_MILLIS);
        simulation.processes().renew(node, endMillis);
    }
}
