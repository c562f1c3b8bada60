package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.LiveChannel;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/** Wakes a channel when the time of a job has come or that of somebody who waits for one is up. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class WakeTimer {
    /** Clocks are adjusted now and then, so no timer runs longer. */
    private static final long TIMER_MILLIS_MAX = 60_000;

    private final LiveChannel live;
    private final JobWaiters waiters;
    private final TimerScheduler<Channel.Command> timers;
    private final InstantSource clock;
    private long wakeAtMillis = Long.MAX_VALUE;

    WakeTimer(LiveChannel live, JobWaiters waiters, TimerScheduler<Channel.Command> timers, InstantSource clock) {
        this.live = live;
        this.waiters = waiters;
        this.timers = timers;
        this.clock = clock;
    }

    /** Sets the timer to the next such moment. */
    void schedule() {
        long next = Math.min(live.nextWakeMillis(), waiters.nextDeadlineMillis());
        if (next == wakeAtMillis) {
            return;
        }
        wakeAtMillis = next;
        if (next == Long.MAX_VALUE) {
            timers.cancel(Channel.TimePassed.INSTANCE);
        } else {
            long delay = Math.clamp(next - clock.millis(), 1, TIMER_MILLIS_MAX);
            timers.startSingleTimer(Channel.TimePassed.INSTANCE, Duration.ofMillis(delay));
        }
    }

    /** The timer has woken the channel. */
    void arrived() {
        wakeAtMillis = Long.MAX_VALUE;
    }

    /** True if the time of a job has come. */
    boolean isJobDue() {
        return live.nextWakeMillis() <= clock.millis();
    }
}
