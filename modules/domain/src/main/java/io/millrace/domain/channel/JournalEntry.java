package io.millrace.domain.channel;

import java.util.List;

/**
 * What one write of a channel stores: the events of all commands decided together, in order. One entry is one row of
 * the journal.
 */
public record JournalEntry(List<ChannelEvent> events) {
    public JournalEntry {
        events = List.copyOf(events);
    }

    /** True if a list of channels or jobs shows any of it. */
    public boolean isListed() {
        return events.stream().anyMatch(ChannelEvent::isListed);
    }
}
