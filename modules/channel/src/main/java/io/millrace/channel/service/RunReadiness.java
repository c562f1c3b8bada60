package io.millrace.channel.service;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.domain.Limits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How far it is known whether one run is ready. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class RunReadiness {
    private static final String NOT_READY = "NotReady";

    /** True once it has written the line that says so, which may come before it is known to run. */
    boolean isLineFound;
    /** When it is asked next, monotonic; absent while it is not to be asked. */
    @Nullable Long askAtNanos;

    private Duration pause = Limits.READINESS_DELAY_MIN;
    private @Nullable String latestFailure;

    /** The latest try has failed: the next one follows after a pause that grows. */
    void failed(String why, long nowNanos) {
        latestFailure = why;
        askAtNanos = nowNanos + pause.toNanos();
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(Limits.READINESS_DELAY_MAX) < 0 ? doubled : Limits.READINESS_DELAY_MAX;
    }

    /** A condition of its process; the one that it is not ready with the reason why the latest try has failed. */
    Condition explained(Condition condition) {
        return latestFailure == null || !condition.type().equals(NOT_READY)
                ? condition
                : new Condition(
                        condition.type(),
                        condition.message() + " The latest check failed: " + latestFailure + ".",
                        condition.since());
    }
}
