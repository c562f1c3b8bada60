package io.millrace.channel;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.persistence.testkit.DeleteEvents;
import org.apache.pekko.persistence.testkit.JournalOperation;
import org.apache.pekko.persistence.testkit.ProcessingPolicy;
import org.apache.pekko.persistence.testkit.ProcessingResult;
import org.apache.pekko.persistence.testkit.ProcessingSuccess;
import org.apache.pekko.persistence.testkit.WriteEvents;

/** Holds up the in-memory journal, so that a test decides what arrives during a recovery or a write. */
final class JournalGate implements ProcessingPolicy<JournalOperation> {
    private volatile CountDownLatch recoveries = new CountDownLatch(0);
    private volatile CountDownLatch writes = new CountDownLatch(0);

    void holdRecoveries() {
        recoveries = new CountDownLatch(1);
    }

    void holdWrites() {
        writes = new CountDownLatch(1);
    }

    void open() {
        recoveries.countDown();
        writes.countDown();
    }

    @Override
    public ProcessingResult tryProcess(String persistenceId, JournalOperation operation) {
        if (operation instanceof WriteEvents) {
            await(writes);
        } else if (!(operation instanceof DeleteEvents)) {
            // Of an empty journal a recovery reads the highest sequence number and no events.
            await(recoveries);
        }
        return ProcessingSuccess.getInstance();
    }

    private static void await(CountDownLatch gate) {
        try {
            if (!gate.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody opened the gate");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
