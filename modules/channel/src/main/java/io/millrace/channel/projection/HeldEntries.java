package io.millrace.channel.projection;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.StoredSize;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.JournalEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive entries that wait to be written. Beyond {@link Limits#PROJECTION_ENTRIES_HELD_MAX}, and behind a gap, an
 * entry is not taken: it is read from the journal when its turn comes. While nothing is held, any entry is taken, so
 * that reading the journal meets what is being stored meanwhile.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class HeldEntries {
    /** Entries that are handed over together. */
    static final int RUN_ENTRIES_MAX = 256;
    /** Bytes that are handed over together; one entry may be larger. */
    private static final long RUN_BYTES_MAX = 8L << 20;
    /** Bytes held at once. */
    private static final long BYTES_MAX = 32L << 20;

    private final ArrayDeque<StoredEntry> entries = new ArrayDeque<>();
    private long bytes;

    /** Takes the entry if it follows the newest one and there is room. */
    void add(StoredEntry entry) {
        StoredEntry newest = entries.peekLast();
        boolean follows = newest == null || entry.sequence() == newest.sequence() + 1;
        if (follows && entries.size() < Limits.PROJECTION_ENTRIES_HELD_MAX && bytes < BYTES_MAX) {
            entries.add(entry);
            bytes += StoredSize.of(entry.entry());
        }
    }

    boolean holds(long sequence) {
        return !entries.isEmpty() && sequence >= entries.element().sequence();
    }

    boolean startsAt(long sequence) {
        return !entries.isEmpty() && entries.element().sequence() == sequence;
    }

    /** The oldest entries, as many as are handed over together. They stay held until {@link #forgetUpTo}. */
    List<JournalEntry> run() {
        List<JournalEntry> run = new ArrayList<>();
        long runBytes = 0;
        for (StoredEntry entry : entries) {
            long size = StoredSize.of(entry.entry());
            if (run.size() == RUN_ENTRIES_MAX || (!run.isEmpty() && runBytes + size > RUN_BYTES_MAX)) {
                break;
            }
            run.add(entry.entry());
            runBytes += size;
        }
        return run;
    }

    void forgetUpTo(long sequence) {
        while (!entries.isEmpty() && entries.element().sequence() <= sequence) {
            bytes -= StoredSize.of(entries.remove().entry());
        }
    }
}
