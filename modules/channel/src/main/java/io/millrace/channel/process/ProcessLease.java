package io.millrace.channel.process;

import io.millrace.host.HostLimits;
import java.time.Duration;

/**
 * How long a process may go on after it was last certain that its channel belongs to the node it runs on. The process host
 * ends it then, so that nothing of it is left when another node starts it anew. Every node of a cluster has the same.
 *
 * @param length counted from just before the write or the read that showed it
 * @param restartWindow the same for a process that survives its node, once that was stopped in an orderly way; zero to end
 *     it then
 */
public record ProcessLease(Duration length, Duration restartWindow) {
    /** Clocks of two machines that run at rates which differ by a hundredth are still allowed for. */
    private static final long RATE_DIFFERENCE_PARTS = 100;

    private static final int RENEWALS = 3;
    private static final int PROOF_AGE_PARTS = 6;
    private static final int QUESTION_PARTS = 12;

    public ProcessLease {
        if (!length.isPositive()) {
            throw new IllegalArgumentException("a lease has to last some time, not " + length);
        }
        if (restartWindow.isNegative()) {
            throw new IllegalArgumentException("a time for a restart cannot be negative, as " + restartWindow + " is");
        }
    }

    /** End of the lease for what was shown at a time, both on the clock of {@link System#nanoTime}. */
    public long endNanos(long shownNanos) {
        return shownNanos + length.toNanos();
    }

    /**
     * How long a new owner of a channel waits, from the time it is stored that it owns it, before it takes what ran on
     * another node for ended: until the last lease granted there has ended, noticed as late as may be, by the slower clock.
     */
    public Duration takeOverDelay() {
        return delayAfter(length);
    }

    /** As {@link #takeOverDelay}, for a process that survives its node. */
    public Duration takeOverDelayOfSurvivors() {
        return delayAfter(length.compareTo(restartWindow) > 0 ? length : restartWindow);
    }

    private static Duration delayAfter(Duration lease) {
        Duration longest = lease.plus(HostLimits.LEASE_LATENESS_MAX);
        return longest.plus(longest.dividedBy(RATE_DIFFERENCE_PARTS));
    }

    /** A lease is renewed when so much of it is over; a process with less than that left is not started. */
    Duration renewalAge() {
        return length.dividedBy(RENEWALS);
    }

    /** What was shown so long ago need not be shown again for a renewal. */
    public Duration proofAgeMax() {
        return length.dividedBy(PROOF_AGE_PARTS);
    }

    /** When a question that was not answered is asked again. */
    Duration questionInterval() {
        return length.dividedBy(QUESTION_PARTS);
    }
}
