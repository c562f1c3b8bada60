package io.millrace.channel;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.persistence.testkit.JournalOperation;
import org.apache.pekko.persistence.testkit.ProcessingPolicy;
import org.apache.pekko.persistence.testkit.ProcessingResult;
import org.apache.pekko.persistence.testkit.ProcessingSuccess;
import org.apache.pekko.persistence.testkit.ReadEvents;
import org.apache.pekko.persistence.testkit.WriteEvents;

/** Holds up the in-memory journal, so that a test decides what arrives during a recovery or a write. */
final class JournalGate implements ProcessingPolicy<JournalOperation> {
    private final AtomicReference<CountDownLatch> recoveries = new AtomicReference<>(new CountDownLatch(0));
    private final AtomicReference<CountDownLatch> writes = new AtomicReference<>(new CountDownLatch(0));

    void holdRecoveries() {
        recoveries.set(new CountDownLatch(1));
    }

    void holdWrites() {
        writes.set(new CountDownLatch(1));
    }

    void open() {
        recoveries.get().countDown();
        writes.get().countDown();
    }

    @Override
    public ProcessingResult tryProcess(String persistenceId, JournalOperation operation) {
        if (operation instanceof ReadEvents) {
            await(recoveries.get());
        } else if (operation instanceof WriteEvents) {
            await(writes.get());
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
