package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.cleanup.CleanupRun;
import java.time.Duration;

/**
 * How a channel leaves its node: what runs is stopped or handed over, what that reports is stored, and then the channel
 * ends. It ends without waiting any longer once {@link #HAND_OFF_MAX} has passed. A departure that has begun goes on
 * also after a restart of the channel.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Departure {
    /** Time for attempts to end after they were killed. */
    private static final Duration HAND_OFF_MAX = Limits.STOP_GRACE.multipliedBy(2);

    private final ChannelContext channel;
    private boolean hasBegun;
    private boolean areAttemptsStopping;
    private boolean areServicesLeaving;
    private boolean areCleanupsLeaving;
    private boolean isGraceOver;

    Departure(ChannelContext channel) {
        this.channel = channel;
    }

    /** True once the channel is to leave. Nothing is started in it any more. */
    boolean hasBegun() {
        return hasBegun;
    }

    /**
     * Stops what runs. Beginning again does nothing.
     *
     * @return true if nothing has to be waited for
     */
    boolean begin(ChannelLife life) {
        if (hasBegun) {
            return false;
        }
        hasBegun = true;
        channel.timers().startSingleTimer(Channel.GraceOver.INSTANCE, HAND_OFF_MAX);
        ChannelChildren children = life.children();
        if (children != null) {
            stop(life.live(), life.slots(), children);
        }
        return isNothingStopping();
    }

    /** Services go on if no other node could take them over: the next life of this one does. */
    private void stop(LiveChannel live, AttemptSlots slots, ChannelChildren children) {
        if (slots.hasAttempts()) {
            areAttemptsStopping = true;
            children.stopAttempts(channel.returns().attemptsStopped());
        }
        if (live.processes().live() > 0) {
            areServicesLeaving = true;
            if (channel.home().isOnlyNode()) {
                children.keepServices(channel.returns().servicesKept());
            } else {
                children.leaveServices(channel.returns().servicesLeft());
            }
        }
        if (live.cleanups().active().stream().anyMatch(CleanupRun::isOfRegisteredTasks)) {
            areCleanupsLeaving = true;
            children.leaveCleanups(channel.returns().cleanupsLeft());
        }
    }

    /**
     * The attempts have ended. That was reported before, so it is part of the batch by now.
     *
     * @return true if nothing has to be waited for any more
     */
    boolean attemptsStopped() {
        areAttemptsStopping = false;
        return isNothingStopping();
    }

    /**
     * The ends of the services' runs are stored, or the output of those that go on.
     *
     * @return true if nothing has to be waited for any more
     */
    boolean servicesLeft() {
        areServicesLeaving = false;
        return isNothingStopping();
    }

    /**
     * No step of a registered cleanup task acts any more; what is left of its execution goes on in the next life.
     *
     * @return true if nothing has to be waited for any more
     */
    boolean cleanupsLeft() {
        areCleanupsLeaving = false;
        return isNothingStopping();
    }

    private boolean isNothingStopping() {
        return !areAttemptsStopping && !areServicesLeaving && !areCleanupsLeaving;
    }

    /** From now on the channel ends as soon as everything that was decided is stored. */
    void endGrace() {
        isGraceOver = true;
    }

    /** Something was stored; it may have been the last thing to wait for. */
    void leaveIfDone(AttemptSlots slots) {
        if (hasBegun && (isGraceOver || (!slots.hasAttempts() && !areServicesLeaving && !areCleanupsLeaving))) {
            channel.self().tell(Channel.Leave.INSTANCE);
        }
    }

    /** A life of the channel ends; if it has left, work that it has is taken up elsewhere. */
    void endLife(LiveChannel live) {
        if (hasBegun && live.hasWork()) {
            channel.home().wakeAgain();
        }
        areAttemptsStopping = false;
        areServicesLeaving = false;
        areCleanupsLeaving = false;
    }
}
