package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessView;
import io.millrace.domain.Moment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the service manager knows of a run that it has asked the process manager for. Deadlines are monotonic. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LiveRun {
    final AttemptId id;
    /** Asked again until it is answered; asking twice does nothing. */
    final ProcessManager.Command asked;

    final RunReadiness readiness = new RunReadiness();
    Phase phase = Phase.ASKED;
    /** When what is waited for is asked for again; absent if nothing is. */
    @Nullable Long askAgainAtNanos;
    /** When what is left of it is killed; absent unless it is being stopped. */
    @Nullable Long killAtNanos;

    /** What its process host could not do for it, for example keep it apart from other channels. */
    List<Condition> conditions = List.of();

    /** True once it was killed because its grace time was over. */
    boolean wasKilled;

    /** True once it is ended in favour of the next owner of its channel. */
    boolean isInterrupted;

    /** How far it is. */
    enum Phase {
        /** It is being started, or taken over. */
        ASKED,
        RUNNING,
        /** It has ended, which is being stored. */
        ENDED,
        /** What it held is being given back. */
        CLEANING_UP
    }

    LiveRun(AttemptId id, ProcessManager.Command asked) {
        this.id = id;
        this.asked = asked;
    }

    boolean isAlive() {
        return phase == Phase.ASKED || phase == Phase.RUNNING;
    }

    /** Shows why the command that was to stop it has not done so. */
    void noteStopCommand(String failure, Moment now) {
        List<Condition> more = new ArrayList<>(conditions);
        more.add(new Condition(
                "StopCommandFailed",
                "The command of its stop policy did not stop it, so it got its signal: " + failure
                        + ". What that command wrote is in the log of the process.",
                Instant.ofEpochMilli(now.millis())));
        conditions = List.copyOf(more);
    }

    /** Its process, with what is known of the run beyond what is stored. */
    ProcessView shownIn(ProcessView view) {
        List<Condition> shown = Stream.concat(view.conditions().stream().map(readiness::explained), conditions.stream())
                .toList();
        return view.with(shown, readiness.latest());
    }

    long nanosUntilWake(long nowNanos) {
        return Math.min(
                Math.min(until(askAgainAtNanos, nowNanos), until(killAtNanos, nowNanos)),
                until(readiness.askAtNanos, nowNanos));
    }

    private static long until(@Nullable Long atNanos, long nowNanos) {
        return atNanos == null ? Long.MAX_VALUE : atNanos - nowNanos;
    }
}
