package io.millrace.channel.thread;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** A worker, and what it runs. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Slot {
    final int number;
    final ActorRef<Worker.Command> worker;

    @Nullable ManagedThread thread;

    HandlerPermits.@Nullable Permit permit;
    long idleSinceNanos;
    long lostAtNanos;
    long askedAtNanos;
    boolean isCleaning;

    /** True once its worker has failed; then what it ran is cleaned up and the slot is not used again. */
    boolean isLost;

    long runs;
    long failures;

    Slot(int number, ActorRef<Worker.Command> worker) {
        this.number = number;
        this.worker = worker;
    }

    void begin(ManagedThread begun, HandlerPermits.@Nullable Permit given) {
        thread = begun;
        permit = given;
        runs++;
    }

    /** A permit that no thread took is returned here; one that a thread took is returned already. */
    void end() {
        if (permit != null) {
            permit.giveBack();
        }
        thread = null;
        permit = null;
        idleSinceNanos = System.nanoTime();
    }

    boolean runs(JobId job, long epoch) {
        return thread != null && thread.id.job().equals(job) && thread.id.epoch() == epoch;
    }
}
