package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Priority;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.LiveChannel;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** How many attempts of jobs a channel may start now. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class AttemptSlots {
    private final LiveChannel live;
    private final FlushSchedule flushes;
    private final ReadModelBarrier readModel;
    private final LongSupplier lastSequence;
    private final BooleanSupplier isLeaving;
    private ChannelReport.SlotsTaken taken = ChannelReport.SlotsTaken.NONE;
    private ChannelReport.ResourcesHeld resources = ChannelReport.ResourcesHeld.NONE;
    private boolean isStartingHeld;

    /**
     * @param flushes makes the write with which attempts are started
     * @param readModel how far it has come
     * @param lastSequence sequence number of the newest stored entry
     * @param isLeaving true once the channel leaves this node
     */
    AttemptSlots(
            LiveChannel live,
            FlushSchedule flushes,
            ReadModelBarrier readModel,
            LongSupplier lastSequence,
            BooleanSupplier isLeaving) {
        this.live = live;
        this.flushes = flushes;
        this.readModel = readModel;
        this.lastSequence = lastSequence;
        this.isLeaving = isLeaving;
    }

    void taken(ChannelReport.SlotsTaken now) {
        taken = now;
        fill();
    }

    void resourcesHeld(ChannelReport.ResourcesHeld now) {
        resources = now;
        fill();
    }

    void startingHeld(boolean isHeld) {
        isStartingHeld = isHeld;
        fill();
    }

    /** Has the next write start jobs if any can start: with it slots are filled. */
    void fill() {
        if (live.readyAtOrAbove(Priority.LOW) > 0 && toStart() > 0) {
            flushes.soon();
        }
    }

    /** So many attempts may start; none if it is not above 0. */
    int toStart() {
        return mayStart() ? free() : 0;
    }

    private int free() {
        return live.spec().threads().max()
                - taken.slots()
                - resources.slots()
                - live.running().size();
    }

    /** Starts nothing during a cleanup, nor while the read model is so far behind that memory would fill up. */
    private boolean mayStart() {
        return !isLeaving.getAsBoolean()
                && !isStartingHeld
                && live.endedHeld() < Limits.ENDED_JOBS_HELD_MAX
                && lastSequence.getAsLong() - readModel.projected() < Limits.PROJECTION_ENTRIES_HELD_MAX;
    }

    /** True if attempts run, or threads that belong to no job run or wait. */
    boolean hasAttempts() {
        return !live.running().isEmpty() || taken.hasThreads();
    }

    /** True if nothing but stored state needs the channel in memory. */
    boolean isIdle() {
        return !live.hasWork() && !taken.hasThreads() && !resources.isInUse();
    }
}
