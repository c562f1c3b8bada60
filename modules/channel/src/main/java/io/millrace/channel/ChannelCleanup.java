package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.domain.channel.AttemptRules;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a channel itself has cleaned up: behind attempts of earlier owners that left something, and behind the whole channel
 * before it is gone. Nothing happens the second time, so it is asked for again and again.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelCleanup {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelCleanup.class);

    private final LiveChannel live;
    private final ChannelChildren children;
    private final ValueCodec codec;
    private final ActorRef<CleanedUp> cleanedUp;
    private boolean isDeletionAsked;
    private boolean areServicesStopped;
    private boolean areLeasesOver;

    /** @param cleanedUp hears of attempts that were cleaned up behind */
    ChannelCleanup(LiveChannel live, ChannelChildren children, ValueCodec codec, ActorRef<CleanedUp> cleanedUp) {
        this.live = live;
        this.children = children;
        this.codec = codec;
        this.cleanedUp = cleanedUp;
    }

    /** Hands attempts that were cut off with their node, and do not run there any more, to the cleanup manager. */
    void handOverInterrupted() {
        for (LiveJob.Running job : live.interrupted()) {
            if (areLeasesOver || !live.mayRunElsewhere(job)) {
                children.cleanUp(new CleanupManager.CleanUpInterrupted(job, tasksOf(job), cleanedUp));
            }
        }
    }

    /** Attempts of earlier owners about which nothing is done until {@link #leasesOver}. */
    List<LiveJob.Running> mayRunElsewhere() {
        return live.interrupted().stream().filter(live::mayRunElsewhere).toList();
    }

    /** No process of an earlier owner lives any more: what each has left behind is returned before it is ended. */
    void leasesOver() {
        areLeasesOver = true;
        handOverInterrupted();
    }

    private static ChannelCommand interrupted(LiveJob.Running job) {
        return new ChannelCommand.EndAttempt(job.id(), job.epoch(), AttemptRules.interrupted(job));
    }

    private List<CleanupTask> tasksOf(LiveJob.Running job) {
        if (!job.submitted().policy().hasCleanup()) {
            return List.of();
        }
        try {
            return codec.decodeJobSpec(job.submitted().spec()).cleanup();
        } catch (RuntimeException e) {
            LOG.error("The stored specification of job {} cannot be read; its cleanup is left out", job.id(), e);
            return List.of();
        }
    }

    /** An attempt was cleaned up behind: how it ends now, unless somebody else has ended it. */
    Optional<ChannelCommand> ended(AttemptId attempt) {
        return live.job(attempt.job()) instanceof LiveJob.Running job
                        && job.epoch() == attempt.epoch()
                        && live.isInterrupted(job)
                ? Optional.of(interrupted(job))
                : Optional.empty();
    }

    /** Once nothing runs in a channel that is going away, it is cleaned up. */
    void cleanUpIfDeleting() {
        boolean isDue = live.exists()
                && live.state() == ChannelState.DELETING
                && live.running().isEmpty();
        if (isDue && !isDeletionAsked) {
            children.cleanUpForDeletion();
        }
        isDeletionAsked = isDue;
    }

    /** Once a channel that accepts no more jobs has none left, its services are stopped: nobody needs them any more. */
    void stopServicesIfDrained() {
        boolean isDue = live.exists()
                && live.state() == ChannelState.DRAINING
                && live.counts().live() == 0;
        if (isDue && !areServicesStopped) {
            children.stopServices();
        }
        areServicesStopped = isDue;
    }

    /** Somebody asks for the deletion anew; one that has failed before is tried again. */
    void deletionWasAsked() {
        isDeletionAsked = false;
        cleanUpIfDeleting();
    }
}
