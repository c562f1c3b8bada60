package io.millrace.channel.thread;

import io.millrace.channel.AttemptMdc;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.thread.NextStep.Plain;
import io.millrace.channel.thread.SlotAttempt.Phase;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the attempt in a slot: asks it to end, waits for the rest of a grace, and then forces it. A handler is interrupted
 * in between. One that does not end even then keeps its slot and is no part of the attempt any more.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class AttemptStop {
    private static final Logger LOG = LoggerFactory.getLogger(AttemptStop.class);

    private final Worker.Slot slot;

    AttemptStop(Worker.Slot slot) {
        this.slot = slot;
    }

    /** Stopping again changes nothing. */
    NextStep begin(SlotAttempt run, StopReason reason, Duration grace) {
        if (run.stopReason != null) {
            return Plain.WAIT;
        }
        run.stopReason = reason;
        run.stoppedAtMillis = System.currentTimeMillis();
        run.grace = grace;
        return switch (run.phase) {
            case ACQUIRING, LOCKING, RESOLVING ->
                new NextStep.End(Outcomes.stopped(reason, run.attempt.timeoutMillis(), null));
            case RUNNING -> askToEnd(run);
            case CLEANING, LEAVING, QUARANTINED, RETURNING -> Plain.WAIT;
        };
    }

    /** Half of a short grace is left for what the interrupt sets off. */
    private NextStep askToEnd(SlotAttempt run) {
        long now = System.nanoTime();
        run.graceEndsNanos = now + run.grace.toNanos();
        if (run.handler != null) {
            run.handler.ask();
            run.interruptAtNanos = now
                    + Math.min(
                            Limits.INTERRUPT_DELAY.toNanos(),
                            run.grace.dividedBy(2).toNanos());
        } else {
            slot.managers().processes().tell(new ProcessManager.Terminate(run.id));
        }
        return Plain.WAIT;
    }

    void interrupt(SlotAttempt run, HandlerRun handler) {
        run.interruptAtNanos = SlotAttempt.NEVER;
        if (handler.cancel()) {
            run.ending = ThreadManager.Ending.FORCED;
        }
    }

    /** The grace is over. */
    NextStep force(SlotAttempt run, StopReason reason) {
        if (run.handler != null) {
            return quarantine(run, reason, run.handler);
        }
        if (run.wasKilled) {
            run.ending = ThreadManager.Ending.NOT_GONE;
            return new NextStep.End(Outcomes.unkillable());
        }
        run.wasKilled = true;
        run.ending = ThreadManager.Ending.FORCED;
        run.graceEndsNanos = System.nanoTime() + Limits.STOP_GRACE.toNanos();
        slot.managers().processes().tell(new ProcessManager.Kill(run.id));
        return Plain.WAIT;
    }

    /** The attempt ends without its handler: its lines so far are made durable, what else it holds stays charged. */
    private NextStep quarantine(SlotAttempt run, StopReason reason, HandlerRun handler) {
        run.threadName = handler.threadName();
        run.outcome = Outcomes.quarantined(reason, run.attempt.timeoutMillis(), run.grace, run.threadName);
        run.ending = ThreadManager.Ending.FORCED;
        handler.disown();
        run.phase = Phase.LEAVING;
        try (var _ = AttemptMdc.open(slot.channel(), run.id, run.traceparent())) {
            LOG.warn("Handler does not end on thread {}; its slot is quarantined", run.threadName);
        }
        return Plain.ASK;
    }
}
