package io.millrace.channel.service;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ReadinessCheck;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import java.time.Duration;
import java.time.Instant;
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
    private @Nullable ReadinessCheck latest;

    /** The latest try has failed: the next one follows after a pause that grows. */
    void failed(String why, String output, Moment now) {
        latest = new ReadinessCheck(Instant.ofEpochMilli(now.millis()), false, why, output);
        askAtNanos = now.nanos() + pause.toNanos();
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(Limits.READINESS_DELAY_MAX) < 0 ? doubled : Limits.READINESS_DELAY_MAX;
    }

    /** It is ready. */
    void passed(String output, Moment now) {
        latest = new ReadinessCheck(Instant.ofEpochMilli(now.millis()), true, "", output);
    }

    @Nullable ReadinessCheck latest() {
        return latest;
    }

    /** A condition of its process; the one that it is not ready with the reason why the latest try has failed. */
    Condition explained(Condition condition) {
        return latest == null || latest.isPassed() || !condition.type().equals(NOT_READY)
                ? condition
                : new Condition(
                        condition.type(),
                        condition.message() + " The latest check failed: " + latest.message() + ".",
                        condition.since());
    }
}
