package io.millrace.channel;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.thread.Attempt;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Does what follows outside a channel from events that are stored now, and nothing before. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Consequences {
    private final LiveChannel live;
    private final ChannelChildren children;
    private final ChannelDisplay display;
    private final Instruments instruments;
    private final Consumer<JobId> jobEnded;
    private @Nullable Long ownedUntilNanos;

    /**
     * @param jobEnded is told of each job that has ended for good
     */
    Consequences(
            LiveChannel live,
            ChannelChildren children,
            ChannelDisplay display,
            Instruments instruments,
            Consumer<JobId> jobEnded) {
        this.live = live;
        this.children = children;
        this.display = display;
        this.instruments = instruments;
        this.jobEnded = jobEnded;
    }

    /** @param ownedUntil until when the storing makes certain that the channel belongs to this node */
    void of(List<StoredEntry> stored, long ownedUntil) {
        ownedUntilNanos = ownedUntil;
        for (StoredEntry entry : stored) {
            entry.entry().events().forEach(this::of);
        }
        children.committed(stored);
    }

    private void of(ChannelEvent event) {
        switch (event) {
            case ChannelEvent.AttemptStarted started -> run(started.job());
            case ChannelEvent.AttemptAdopted adopted -> goOn(adopted.job());
            case ChannelEvent.CancelRequested requested -> cancel(requested.job());
            case ChannelEvent.AttemptEnded ended -> {
                display.attemptEnded(new AttemptId(ended.job(), ended.number(), ended.epoch()));
                if (ended.next().isTerminal()) {
                    jobEnded.accept(ended.job());
                }
            }
            case ChannelEvent.JobsEnded ended -> ended.jobs().forEach(jobEnded);
            case ChannelEvent.JobsSubmitted submitted ->
                instruments.jobsSubmitted(submitted.jobs().size());
            case ChannelEvent.ChannelCreated _, ChannelEvent.ChannelChanged _ -> children.configure(live.spec());
            case ChannelEvent.ChannelDeleting _ -> children.endThreads();
            case ChannelEvent.ChannelDeleted _ -> children.channelDeleted();
            case ChannelEvent.ChannelPaused _,
                    ChannelEvent.ChannelResumed _,
                    ChannelEvent.ChannelDraining _,
                    ChannelEvent.OwnershipTaken _,
                    ChannelEvent.JobsDue _,
                    ChannelEvent.JobRetried _,
                    ChannelEvent.LateResultRecorded _,
                    ChannelEvent.EventPublished _,
                    ChannelEvent.LockGranted _,
                    ChannelEvent.LockReleased _,
                    ChannelEvent.ResourcesNoted _,
                    ChannelEvent.CleanupChanged _,
                    ChannelEvent.ProcessChanged _ -> {
                // Nothing outside the channel depends on it.
            }
        }
    }

    private void run(JobId id) {
        if (live.job(id) instanceof LiveJob.Running job) {
            if (job.attempts() == 1) {
                long couldStartAt =
                        Math.max(job.createdAtMillis(), job.submitted().notBeforeMillis());
                instruments.jobWaited(TimeUnit.MILLISECONDS.toNanos(job.startedAtMillis() - couldStartAt));
            }
            children.run(attemptOf(job));
        }
    }

    private void goOn(JobId id) {
        if (live.job(id) instanceof LiveJob.Running job) {
            handOver(job);
        }
    }

    private void handOver(LiveJob.Running job) {
        children.run(attemptOf(job));
        if (job.wasCancelRequested()) {
            children.cancel(job.id(), job.epoch());
        }
    }

    private void cancel(JobId id) {
        if (live.job(id) instanceof LiveJob.Running job) {
            children.cancel(id, job.epoch());
        }
    }

    /**
     * Hands every running attempt to the thread manager again; those it still knows are not started twice.
     * Those of earlier owners are over and wait for their cleanup.
     */
    void runAgain() {
        for (LiveJob.Running job : live.running()) {
            if (!live.isInterrupted(job)) {
                handOver(job);
            }
        }
    }

    private Attempt attemptOf(LiveJob.Running job) {
        long limit = live.spec().jobTimeout().toMillis();
        long chosen = job.submitted().policy().timeoutMillis();
        return new Attempt(
                AttemptId.of(job),
                job.submitted().kind(),
                Attempt.classOf(job.submitted().priority()),
                job.submitted().spec(),
                chosen == 0 ? limit : Math.min(chosen, limit),
                Instant.ofEpochMilli(job.startedAtMillis()),
                live.isAdopted(job) ? Attempt.Origin.ADOPTED : Attempt.Origin.STARTED,
                ownedUntilNanos);
    }
}
