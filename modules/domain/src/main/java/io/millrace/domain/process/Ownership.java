package io.millrace.domain.process;

import io.millrace.domain.Moment;
import java.util.concurrent.TimeUnit;

/**
 * Who owns the channel, and since when: what an owner may conclude about runs that it did not start.
 *
 * @param node that owns it
 * @param host identity of its process host
 * @param takenAtNanos when it took the channel over, on its monotonic clock
 * @param othersLiveNanos how long after that runs of other nodes may still live: their lease, how late its end may be
 *     noticed, and how far two clocks may run apart meanwhile
 */
public record Ownership(String node, String host, long takenAtNanos, long othersLiveNanos) {

    /** True for a run that the process host of this node knows about, whatever the node was called when it started. */
    boolean isHere(ProcessRun run) {
        return run.host() == null ? run.node().equals(node) : run.host().equals(host);
    }

    /** When the last run of another node has ended for certain, on the monotonic clock. */
    long othersOverAtNanos() {
        return takenAtNanos + othersLiveNanos;
    }

    boolean areOthersOver(Moment now) {
        return now.nanos() - othersOverAtNanos() >= 0;
    }

    /** 0 if the last run of another node has ended for certain. */
    long millisUntilOthersAreOver(Moment now) {
        long nanos = othersOverAtNanos() - now.nanos();
        return nanos <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos) + 1;
    }
}
