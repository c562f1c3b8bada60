package io.millrace.channel;

import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ThreadSafety;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What shows that a channel belongs to this node, in one life of the channel. A write that succeeds does, for the journal
 * takes each sequence number once: nobody else had written before. Where none did lately, the newest sequence number is
 * read from the journal and compared with the channel's own.
 *
 * <p>A lease begins before the write or the read was sent. Somebody who takes the channel over begins with a write, and
 * starts nothing that ran here until a lease after that is over; so a lease that began before has ended by then, however
 * long the answer was on its way.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class OwnershipProof {
    private final ProcessLease lease;
    private @Nullable Long writtenNanos;
    private @Nullable ActorRef<ProcessManager.Command> asking;

    OwnershipProof(ProcessLease lease) {
        this.lease = lease;
    }

    /**
     * A write has succeeded.
     *
     * @param sentNanos just before it was sent, on the clock of {@link System#nanoTime}
     * @return until when a lease that begins then lasts
     */
    long written(long sentNanos) {
        writtenNanos = sentNanos;
        return lease.endNanos(sentNanos);
    }

    /** True if the journal has to be read to answer; else it is answered, or is going to be by a read under way. */
    boolean mustRead(ActorRef<ProcessManager.Command> replyTo, long nowNanos) {
        Long written = writtenNanos;
        if (written != null && nowNanos - written <= lease.proofAgeMax().toNanos()) {
            replyTo.tell(new ProcessManager.OwnershipConfirmed(lease.endNanos(written)));
            return false;
        }
        boolean isReading = asking != null;
        asking = replyTo;
        return !isReading;
    }

    /** The read failed, and shows nothing. Who asked asks again. */
    void notRead() {
        asking = null;
    }

    /**
     * The journal was read. Nothing of this life was being written when the answer is looked at, but may have been meanwhile.
     *
     * @param beganNanos just before it was read
     * @param highest sequence number found there
     * @param own sequence number of the newest entry that this life knows of
     * @return false if somebody else has written
     */
    boolean read(long beganNanos, long highest, long own) {
        ActorRef<ProcessManager.Command> replyTo = asking;
        asking = null;
        if (highest > own) {
            return false;
        }
        if (replyTo != null) {
            replyTo.tell(new ProcessManager.OwnershipConfirmed(lease.endNanos(beganNanos)));
        }
        return true;
    }
}
