package io.millrace.domain.port;

import io.millrace.contracts.ChannelName;
import io.millrace.domain.channel.JournalEntry;
import java.util.List;

/**
 * A run of consecutive journal entries of one channel.
 *
 * @param firstSequence sequence number of the first entry
 * @param entries at least one; the n-th has sequence number {@code firstSequence + n}
 */
public record ChannelHistory(ChannelName channel, long firstSequence, List<JournalEntry> entries) {
    public ChannelHistory {
        entries = List.copyOf(entries);
    }

    public long lastSequence() {
        return firstSequence + entries.size() - 1;
    }
}
