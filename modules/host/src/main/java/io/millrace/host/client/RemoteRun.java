package io.millrace.host.client;

import io.millrace.contracts.Problem;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run the companion was told to start or to hand over. Used by the thread of the connection. A listener that fails does
 * not hold up the others; its run goes on unheard.
 */
final class RemoteRun {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteRun.class);

    private final RunKey key;
    private final RunListener listener;
    private final long sentNanos = System.nanoTime();
    private boolean isAnswered;

    RemoteRun(RunKey key, RunListener listener) {
        this.key = key;
        this.listener = listener;
    }

    RunKey key() {
        return key;
    }

    /** True if the companion should have said by now whether it was started. */
    boolean isOverdue(long nowNanos, Duration startMax) {
        return !isAnswered && nowNanos - sentNanos > startMax.toNanos();
    }

    void started(RunListener.Started started) {
        isAnswered = true;
        tell(() -> listener.started(started));
    }

    void notStarted(Problem problem) {
        tell(() -> listener.notStarted(problem));
    }

    /** Memory of the listener's for a piece of output. */
    MemorySegment buffer(int bytes) {
        return listener.buffer().asSlice(0, bytes);
    }

    /** @param taken run once, whatever the listener does */
    void output(LogStream stream, MemorySegment bytes, Runnable taken) {
        var isTaken = new AtomicBoolean();
        Runnable once = () -> {
            if (isTaken.compareAndSet(false, true)) {
                taken.run();
            }
        };
        try {
            listener.output(stream, bytes, once);
        } catch (RuntimeException e) {
            LOG.error("The output of run {} could not be handed over", key, e);
            once.run();
        }
    }

    void ended(RunListener.Ended ended) {
        tell(() -> listener.ended(ended));
    }

    /** Nobody saw how it ended. */
    void hostGone() {
        ended(new RunListener.Ended(
                ExitStatus.of(-1),
                System.currentTimeMillis(),
                RunListener.EndReason.HOST_GONE,
                LimitReport.NOTHING,
                0,
                0));
    }

    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("What became of run {} could not be told", key, e);
        }
    }
}
