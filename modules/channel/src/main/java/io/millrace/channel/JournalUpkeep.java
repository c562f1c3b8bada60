package io.millrace.channel;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides when a snapshot pays off and how much of the journal may go.
 *
 * <p>A snapshot is due once as many bytes were written as the snapshot itself takes, so that snapshots cost a constant
 * share of all writing and a recovery reads at most about twice the live state.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class JournalUpkeep {
    /**
     * Below this a snapshot saves less than it costs: reading so much back takes a fraction of a second, and a busy
     * channel writes so much every few seconds.
     */
    static final long SNAPSHOT_BYTES_MIN = 8L << 20;
    /** Places in the journal that are remembered, which bounds how exactly the number of events kept is met. */
    private static final int MARKS_MAX = 64;

    private record Mark(long sequence, long eventsUpTo) {}

    private final ArrayDeque<Mark> marks = new ArrayDeque<>();
    private long bytesSinceSnapshot;
    private long submittedBytes;
    private long submittedJobs;
    private long events;

    /** Takes note of an entry that was read back: the next snapshot will save reading it again. */
    void replayed(JournalEntry entry) {
        for (ChannelEvent event : entry.events()) {
            long bytes = StoredSize.of(event);
            bytesSinceSnapshot += bytes;
            if (event instanceof ChannelEvent.JobsSubmitted submitted) {
                submittedBytes += bytes;
                submittedJobs += submitted.jobs().size();
            }
        }
    }

    /**
     * Takes note of an entry that is about to be stored. True if a snapshot is due behind it.
     *
     * @param jobsHeld jobs the snapshot would have
     */
    boolean isSnapshotDueAfter(JournalEntry entry, long jobsHeld) {
        replayed(entry);
        if (bytesSinceSnapshot < Math.max(SNAPSHOT_BYTES_MIN, jobsHeld * averageJobBytes())) {
            return false;
        }
        bytesSinceSnapshot = 0;
        return true;
    }

    /**
     * Takes note of rows that were stored together.
     *
     * @param last sequence number of the last one
     * @return the rows with their sequence numbers
     */
    List<StoredEntry> stored(List<JournalEntry> rows, long last, int eventsKept) {
        List<StoredEntry> stored = new ArrayList<>(rows.size());
        for (JournalEntry row : rows) {
            long sequence = last - rows.size() + stored.size() + 1;
            stored.add(new StoredEntry(sequence, row));
            stored(sequence, row, eventsKept);
        }
        return stored;
    }

    /** Takes note of a stored entry. */
    void stored(long sequence, JournalEntry entry, int eventsKept) {
        for (ChannelEvent event : entry.events()) {
            events += shown(event);
        }
        Mark newest = marks.peekLast();
        if (newest == null || events - newest.eventsUpTo() > Math.max(1, eventsKept / (MARKS_MAX / 2))) {
            marks.add(new Mark(sequence, events));
            if (marks.size() > MARKS_MAX) {
                marks.remove();
            }
        }
    }

    /** Entries up to here lie behind the events to keep; 0 if none are known to. */
    long behindEventsKept(int eventsKept) {
        long sequence = 0;
        for (Mark mark : marks) {
            if (events - mark.eventsUpTo() < eventsKept) {
                break;
            }
            sequence = mark.sequence();
        }
        return sequence;
    }

    private long averageJobBytes() {
        return submittedJobs == 0 ? StoredSize.JOB_BYTES : submittedBytes / submittedJobs;
    }

    private static long shown(ChannelEvent event) {
        return switch (event) {
            case ChannelEvent.JobsSubmitted e -> e.jobs().size();
            case ChannelEvent.JobsDue e -> e.jobs().size();
            case ChannelEvent.JobsEnded e -> e.jobs().size();
            case ChannelEvent.ChannelCreated _,
                    ChannelEvent.ChannelChanged _,
                    ChannelEvent.ChannelPaused _,
                    ChannelEvent.ChannelResumed _,
                    ChannelEvent.ChannelDraining _,
                    ChannelEvent.ChannelDeleting _,
                    ChannelEvent.ChannelDeleted _,
                    ChannelEvent.OwnershipTaken _,
                    ChannelEvent.AttemptStarted _,
                    ChannelEvent.AttemptAdopted _,
                    ChannelEvent.CancelRequested _,
                    ChannelEvent.AttemptEnded _,
                    ChannelEvent.JobRetried _,
                    ChannelEvent.LateResultRecorded _,
                    ChannelEvent.EventPublished _,
                    ChannelEvent.LockGranted _,
                    ChannelEvent.LockReleased _,
                    ChannelEvent.ResourcesNoted _,
                    ChannelEvent.CleanupChanged _,
                    ChannelEvent.ProcessChanged _ -> 1;
        };
    }
}
