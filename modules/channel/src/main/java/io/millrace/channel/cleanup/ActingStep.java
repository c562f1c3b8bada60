package io.millrace.channel.cleanup;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.Released;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** A step between its first try and its end. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ActingStep {
    static final long NEVER = Long.MAX_VALUE;
    private static final long PAUSE_MILLIS_MIN = 50;

    final StepOrder.Key key;
    final long startedNanos = System.nanoTime();
    final long deadlineNanos;
    int number;
    /** The try under way, absent between two. */
    @Nullable ActorRef<StepRunner.Command> runner;

    long retryAtNanos = NEVER;
    Released released = Released.NOTHING;
    /** Why it is to end, absent if it is not. */
    @Nullable Problem aborted;

    /** Why its latest try has failed. */
    @Nullable Problem failure;

    ActingStep(StepOrder.Key key, Duration timeout) {
        this.key = key;
        this.deadlineNanos = startedNanos + timeout.toNanos();
    }

    Duration timeLeft() {
        return Duration.ofNanos(Math.max(1_000_000, deadlineNanos - System.nanoTime()));
    }

    long durationNanos() {
        return System.nanoTime() - startedNanos;
    }

    long durationMillis() {
        return durationNanos() / 1_000_000;
    }

    /** False if no time is left for another try. The pauses grow: 50, 200 and 800 ms. */
    boolean pause() {
        long at = System.nanoTime() + (PAUSE_MILLIS_MIN << (2 * (number - 1))) * 1_000_000;
        boolean isInTime = at - deadlineNanos < 0;
        retryAtNanos = isInTime ? at : NEVER;
        return isInTime;
    }
}
