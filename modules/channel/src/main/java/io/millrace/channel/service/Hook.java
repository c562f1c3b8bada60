package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ThreadSafety;
import org.jspecify.annotations.Nullable;

/** A command that runs beside a run: to find out whether it is ready, or to stop it. Deadlines are monotonic. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Hook {
    final AttemptId run;
    final Purpose purpose;
    final ProcessManager.Start asked;
    final HookOutput output;
    /** When it is killed. */
    long killAtNanos;
    /** When what is waited for is asked for again; absent if nothing is. */
    @Nullable Long askAgainAtNanos;

    boolean wasKilled;
    /** True once it has ended: what it held is being given back. */
    boolean isOver;

    /** What it is for. */
    enum Purpose {
        /** Its end says whether the run is ready. */
        CHECK,
        /** It is to end the run. */
        STOP
    }

    /**
     * How it ended.
     *
     * @param failure why it is no success, for a person; absent if it is one
     * @param output what it wrote, as far as it was collected
     */
    record Result(AttemptId run, Purpose purpose, @Nullable String failure, String output) {}

    Hook(AttemptId run, Purpose purpose, ProcessManager.Start asked, HookOutput output, long killAtNanos) {
        this.run = run;
        this.purpose = purpose;
        this.asked = asked;
        this.output = output;
        this.killAtNanos = killAtNanos;
    }

    AttemptId id() {
        return asked.attempt();
    }

    boolean isCheckOf(AttemptId other) {
        return purpose == Purpose.CHECK && run.equals(other);
    }

    long nanosUntilWake(long nowNanos) {
        long kill = isOver ? Long.MAX_VALUE : killAtNanos - nowNanos;
        return askAgainAtNanos == null ? kill : Math.min(kill, askAgainAtNanos - nowNanos);
    }
}
