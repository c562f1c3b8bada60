package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/** When a batch that is not full is stored: it sends the channel the {@link Channel.Flush} that makes it write. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class FlushSchedule {
    private final ActorRef<Channel.Command> channel;
    private final TimerScheduler<Channel.Command> timers;
    private boolean isSoon;

    FlushSchedule(ActorRef<Channel.Command> channel, TimerScheduler<Channel.Command> timers) {
        this.channel = channel;
        this.timers = timers;
    }

    /** Behind the messages that are queued by now, so that these share the write. */
    void soon() {
        if (!isSoon) {
            isSoon = true;
            channel.tell(Channel.Flush.INSTANCE);
        }
    }

    /**
     * After {@link Limits#RELEASE_UNSTORED_MAX}, unless something else is stored before. Only changes of locks wait like
     * this: as long as {@link #isSoon} is false they are all there is to store.
     */
    void eventually() {
        if (!isSoon && !timers.isTimerActive(Channel.Flush.INSTANCE)) {
            timers.startSingleTimer(Channel.Flush.INSTANCE, Limits.RELEASE_UNSTORED_MAX);
        }
    }

    /** True if somebody waits for the next write. */
    boolean isSoon() {
        return isSoon;
    }

    /** The channel has received its message. */
    void arrived() {
        isSoon = false;
    }

    /** Everything there is to store is on its way to the journal. */
    void stored() {
        timers.cancel(Channel.Flush.INSTANCE);
    }
}
