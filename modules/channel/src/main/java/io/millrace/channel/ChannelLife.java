package io.millrace.channel;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.projection.Projection;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.ChannelRules;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.port.ReadModel.IdempotentSubmission;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One life of a channel, from its recovery until it restarts or stops. Puts together the parts that do the channel's work;
 * all of them are thrown away with it, and what was not stored goes with them.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelLife {
    private final ChannelContext channel;
    private final LiveChannel live;
    private final ReadModelBarrier readModel;
    private final GroupCommit commit;
    private final FlushSchedule flushes;
    private final AttemptSlots slots;
    private final WakeTimer wakes;
    private final JobRequests jobs;
    private final OwnedChannel owned;
    private final ChannelRequests requests;
    private final ChannelReports reports;

    /**
     * @param live as it is stored, changed from now on by this life only
     * @param readModel how far it has come; like the following it outlasts a life
     */
    ChannelLife(
            ChannelContext channel,
            LiveChannel live,
            ReadModelBarrier readModel,
            RecentRetries retries,
            Ownership ownership,
            Departure departure) {
        ChannelName name = channel.name();
        ChannelServices services = channel.host().services();
        InstantSource clock = channel.host().clock();
        ChannelDisplay display = new ChannelDisplay(name);
        ChannelAnswers answers = new ChannelAnswers(name, live, display, clock);
        JobWaiters waiters = new JobWaiters();
        this.channel = channel;
        this.live = live;
        this.readModel = readModel;
        commit = new GroupCommit(new ChannelRules(name), live, OwnershipClaim.of(name, services), clock);
        Callers callers = new Callers(commit, answers, services.instruments());
        flushes = new FlushSchedule(channel.self(), channel.timers());
        slots = new AttemptSlots(live, flushes, readModel, channel.lastSequence(), departure::hasBegun);
        wakes = new WakeTimer(live, waiters, channel.timers(), clock);
        jobs = new JobRequests(channel, live, callers, answers, retries, waiters, wakes);
        owned = new OwnedChannel(channel, live, display, jobs);
        ManagerAccess managers = new ManagerAccess(channel, live, commit, flushes, callers, owned, readModel);
        requests = new ChannelRequests(name, live, commit, callers, answers, jobs, managers, owned);
        reports = new ChannelReports(channel, live, commit, display, slots, owned, ownership);
    }

    LiveChannel live() {
        return live;
    }

    GroupCommit commit() {
        return commit;
    }

    FlushSchedule flushes() {
        return flushes;
    }

    AttemptSlots slots() {
        return slots;
    }

    /** The managers, absent before the first write. */
    @Nullable ChannelChildren children() {
        return owned.children();
    }

    Storing handle(ChannelRequest request) {
        return requests.handle(request);
    }

    Storing handle(ChannelReport report) {
        return reports.handle(report);
    }

    Storing submitPart(String submission, List<SubmittedJob> part) {
        jobs.submitPart(submission, part);
        return Storing.UNCHANGED;
    }

    /** @param earlier as {@link JobRequests#keyLookedUp} has it */
    Storing keyLookedUp(ChannelRequest.Submit submit, @Nullable Optional<IdempotentSubmission> earlier) {
        return jobs.keyLookedUp(submit, earlier);
    }

    /** The read model has come this far. */
    Storing projected(Projection.Projected progress) {
        readModel.reached(progress);
        live.projected(progress.sequence(), channel.nowMillis());
        slots.fill();
        return Storing.UNCHANGED;
    }

    /** An attempt of an earlier owner was cleaned up behind. */
    Storing cleanedUp(CleanedUp answer) {
        Optional<ChannelCommand> end = owned.cleanedUp(answer.attempt());
        end.ifPresent(commit::decide);
        return end.isPresent() ? Storing.SOON : Storing.UNCHANGED;
    }

    /** No process of an earlier owner lives any more. */
    Storing leasesOver() {
        owned.leasesOver();
        return Storing.UNCHANGED;
    }

    /** The time of a job has come, or that of somebody who waits for one is up. */
    Storing timePassed() {
        wakes.arrived();
        jobs.answerExpired();
        if (wakes.isJobDue()) {
            commit.decide(new ChannelCommand.Elapse());
        }
        if (commit.isEmpty()) {
            wakes.schedule();
        }
        return Storing.SOON;
    }

    /**
     * Everything that was decided is stored: does what follows from it and answers those who waited for it.
     *
     * @param entries that were stored
     * @param ownedUntilNanos until when the storing makes certain that the channel belongs to this node
     */
    void stored(List<StoredEntry> entries, long ownedUntilNanos) {
        live.sealed(entries.getLast().sequence());
        owned.stored(entries, ownedUntilNanos);
        commit.committed();
        owned.cleanUpWhatIsDue();
        wakes.schedule();
    }

    /** True if the channel has nothing to do and everything it stored is in the read model. */
    boolean isIdle() {
        boolean isProjected = children() == null
                || readModel.projected() >= channel.lastSequence().getAsLong();
        return slots.isIdle() && commit.isEmpty() && jobs.isIdle() && isProjected;
    }

    /** Asks once more for the cleanup behind attempts that were cut off. */
    void handOverInterrupted() {
        owned.handOverInterrupted();
    }

    /** Tells everybody who waits in this life that the outcome is unknown. */
    void end(Problem unknown) {
        commit.failed(unknown);
        jobs.giveUp(unknown);
    }
}
