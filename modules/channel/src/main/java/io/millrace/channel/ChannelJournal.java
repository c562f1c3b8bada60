package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.domain.channel.JournalEntry;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The stored past of channels, beside what event sourcing itself reads and writes. Always read by channel and sequence
 * number, never by a global order, so that nothing is skipped. A stage fails with
 * {@link io.millrace.domain.port.StorageException} if the database could not answer.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface ChannelJournal {

    /**
     * Consecutive entries of a channel, oldest first.
     *
     * @param fromSequence sequence number of the first entry wanted. If it is no longer kept, the result starts with the
     *     oldest entry that is
     * @param entriesMax how many at most; fewer may come, none only if there are none
     */
    CompletionStage<List<StoredEntry>> read(ChannelName channel, long fromSequence, int entriesMax);

    /**
     * The sequence number of the newest entry of a channel as the database has it when it is asked, 0 if there is none. Of
     * two nodes that both take the channel for theirs, one finds an entry here that is not its own.
     */
    CompletionStage<Long> highestSequence(ChannelName channel);

    /**
     * Removes what no recovery and no reader needs any more: entries up to a sequence number and snapshots older than
     * the newest one. The newest entry is kept in any case, because the next sequence number follows from it.
     */
    CompletionStage<Void> discard(ChannelName channel, long entriesTo, long snapshotsBefore);

    /** An entry and where it stands in the journal of its channel. */
    record StoredEntry(long sequence, JournalEntry entry) {}
}
