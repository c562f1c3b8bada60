package io.millrace.channel.event;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.StoredSize;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest entries of a channel without a gap, bounded by number and by size; the oldest go first.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class RecentEntries {
    private final ArrayDeque<StoredEntry> entries = new ArrayDeque<>();
    private long lastSequence;
    private long bytes;

    /**
     * @param lastSequence sequence number of the newest entry that is stored and not held here
     */
    RecentEntries(long lastSequence) {
        this.lastSequence = lastSequence;
    }

    void add(StoredEntry entry) {
        if (entry.sequence() != lastSequence + 1) {
            entries.clear();
            bytes = 0;
        }
        lastSequence = entry.sequence();
        entries.add(entry);
        bytes += StoredSize.of(entry.entry());
        while (entries.size() > Limits.EVENT_RING_ENTRIES_MAX
                || (bytes > Limits.EVENT_RING_BYTES_MAX && !entries.isEmpty())) {
            bytes -= StoredSize.of(entries.remove().entry());
        }
    }

    /** Sequence number of the newest stored entry, held or not. */
    long lastSequence() {
        return lastSequence;
    }

    /** True if every entry from this one on is held. */
    boolean hasAllFrom(long sequence) {
        return sequence > lastSequence
                || (!entries.isEmpty() && sequence >= entries.element().sequence());
    }

    /** Held entries from this one on, oldest first. */
    List<StoredEntry> from(long sequence) {
        List<StoredEntry> found = new ArrayList<>();
        for (var newestFirst = entries.descendingIterator(); newestFirst.hasNext(); ) {
            StoredEntry entry = newestFirst.next();
            if (entry.sequence() < sequence) {
                break;
            }
            found.add(entry);
        }
        return found.reversed();
    }
}
