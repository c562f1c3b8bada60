package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What was decided and is not stored yet, with everybody who waits for it. It collects until it is handed to the
 * journal and is emptied by the journal's answer; nothing is decided in between.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class PendingBatch {
    /** Enough rows for one transaction; more waits for the next one. */
    private static final long BATCH_BYTES_MAX = 4L * Limits.JOURNAL_ENTRY_BYTES_MAX;

    private final List<JournalEntry> rows = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private List<ChannelEvent> events = new ArrayList<>();
    private long rowBytes;
    private long bytes;
    private int commands;

    /** Waits for the outcome of the batch; exactly one of its methods is called. */
    interface Waiter {
        void committed();

        void failed(Problem problem);

        static Waiter of(Runnable committed, Consumer<Problem> failed) {
            return new Waiter() {
                @Override
                public void committed() {
                    committed.run();
                }

                @Override
                public void failed(Problem problem) {
                    failed.accept(problem);
                }
            };
        }
    }

    /** Adds the events of one decision; they fill a row until it has grown to its limit. */
    void add(List<ChannelEvent> decided) {
        commands++;
        for (ChannelEvent event : decided) {
            long size = StoredSize.of(event);
            if (!events.isEmpty() && rowBytes + size > Limits.JOURNAL_ENTRY_BYTES_MAX) {
                closeRow();
            }
            events.add(event);
            rowBytes += size;
            bytes += size;
        }
    }

    /** Adds somebody to be told the outcome. */
    void add(Waiter waiter) {
        waiters.add(waiter);
    }

    /** True if nothing waits to be stored. */
    boolean isEmpty() {
        return rows.isEmpty() && events.isEmpty();
    }

    /** True once it should be stored without waiting for further commands. */
    boolean isFull() {
        return commands >= Limits.GROUP_COMMIT_COMMANDS_MAX || bytes >= BATCH_BYTES_MAX;
    }

    int commands() {
        return commands;
    }

    /** Size of the events as stored, estimated. */
    long bytes() {
        return bytes;
    }

    /** The rows to store, in one transaction. */
    List<JournalEntry> rows() {
        closeRow();
        return List.copyOf(rows);
    }

    /** True for a row of this batch, whose events were applied when they were decided. */
    boolean contains(JournalEntry row) {
        for (JournalEntry own : rows) {
            if (own == row) {
                return true;
            }
        }
        return false;
    }

    /** Empties the batch and tells everybody that it is stored. */
    void committed() {
        take().forEach(Waiter::committed);
    }

    /** Empties the batch and tells everybody that its outcome is unknown. */
    void failed(Problem problem) {
        take().forEach(waiter -> waiter.failed(problem));
    }

    private List<Waiter> take() {
        List<Waiter> taken = List.copyOf(waiters);
        waiters.clear();
        rows.clear();
        events = new ArrayList<>();
        rowBytes = 0;
        bytes = 0;
        commands = 0;
        return taken;
    }

    private void closeRow() {
        if (!events.isEmpty()) {
            rows.add(new JournalEntry(events));
            events = new ArrayList<>();
            rowBytes = 0;
        }
    }
}
