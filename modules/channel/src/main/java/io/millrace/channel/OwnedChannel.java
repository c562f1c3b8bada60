package io.millrace.channel;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a channel has once this node owns it for certain, which is from the first write of a life on: its managers, what
 * follows outside from stored events, and the cleanup behind earlier owners. Before that, nothing happens here.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class OwnedChannel {
    private final ChannelContext channel;
    private final LiveChannel live;
    private final ChannelDisplay display;
    private final JobRequests jobs;
    private @Nullable Parts started;

    private record Parts(ChannelChildren children, Consequences consequences, ChannelCleanup cleanup) {}

    /** @param jobs hears of each job that has ended for good */
    OwnedChannel(ChannelContext channel, LiveChannel live, ChannelDisplay display, JobRequests jobs) {
        this.channel = channel;
        this.live = live;
        this.display = display;
        this.jobs = jobs;
    }

    /** The managers, absent before the first write. */
    @Nullable ChannelChildren children() {
        return started == null ? null : started.children();
    }

    /**
     * Does what follows from entries that were stored just now. The managers are started with the first ones.
     *
     * @param entries at least one
     * @param ownedUntilNanos until when the storing makes certain that the channel belongs to this node
     */
    void stored(List<StoredEntry> entries, long ownedUntilNanos) {
        if (started == null) {
            started = start(entries.getFirst().sequence() - 1);
        }
        started.consequences().of(entries, ownedUntilNanos);
    }

    private Parts start(long lastSequence) {
        ChannelHost host = channel.host();
        ChannelChildren children = new ChannelChildren(
                channel.actor(),
                channel.name(),
                live,
                lastSequence,
                host,
                channel.returns().reports(),
                channel.returns().projected());
        Consequences consequences = new Consequences(
                live, children, display, host.services().instruments(), job -> jobEnded(job, children));
        ChannelCleanup cleanup = new ChannelCleanup(
                live, children, host.services().codec(), channel.returns().cleanedUp());
        cleanup.handOverInterrupted();
        waitForLeases(cleanup);
        return new Parts(children, consequences, cleanup);
    }

    private void jobEnded(JobId job, ChannelChildren children) {
        children.jobEnded(job, channel.nowMillis());
        jobs.ended(job);
    }

    /** From now on, where it is stored that the channel is this node's, no lease is granted or renewed elsewhere. */
    private void waitForLeases(ChannelCleanup cleanup) {
        List<LiveJob.Running> elsewhere = cleanup.mayRunElsewhere();
        if (!elsewhere.isEmpty()) {
            Duration delay = channel.host().services().processLease().takeOverDelay();
            elsewhere.forEach(job -> display.waitsForLease(job, channel.nowMillis(), delay));
            channel.timers().startSingleTimer(Channel.LeasesOver.INSTANCE, delay);
        }
    }

    /** No process of an earlier owner lives any more: these attempts are cleaned up behind, too. */
    void leasesOver() {
        if (started != null) {
            ChannelCleanup cleanup = started.cleanup();
            cleanup.mayRunElsewhere().forEach(job -> display.attemptWaits(AttemptId.of(job), null));
            cleanup.leasesOver();
        }
    }

    /** An attempt was cleaned up behind: how it ends now, unless somebody else has ended it. */
    Optional<ChannelCommand> cleanedUp(AttemptId attempt) {
        return started == null ? Optional.empty() : started.cleanup().ended(attempt);
    }

    /** Asks once more for the cleanup behind attempts that were cut off. */
    void handOverInterrupted() {
        if (started != null) {
            started.cleanup().handOverInterrupted();
        }
    }

    /** Cleans a channel up that is going away and in which nothing runs, and stops the services of a drained one. */
    void cleanUpWhatIsDue() {
        if (started != null) {
            started.cleanup().cleanUpIfDeleting();
            started.cleanup().stopServicesIfDrained();
        }
    }

    /** Somebody asks for the deletion anew; one that has failed before is tried again. */
    void deletionWasAsked() {
        if (started != null) {
            started.cleanup().deletionWasAsked();
        }
    }

    /** Hands the running attempts to a thread manager that has lost them. */
    void runAgain() {
        if (started != null) {
            started.consequences().runAgain();
        }
    }
}
