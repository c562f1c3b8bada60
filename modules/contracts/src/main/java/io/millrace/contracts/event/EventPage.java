package io.millrace.contracts.event;

import java.util.List;

/**
 * Events read in one go.
 *
 * @param events oldest first
 * @param nextAfter cursor to continue from
 * @param missed events behind the query's cursor that are no longer kept
 */
public record EventPage(List<ChannelEventView> events, EventCursor nextAfter, long missed) {
    public EventPage {
        events = List.copyOf(events);
    }
}
