package io.millrace.channel.event;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fills one page with the events a reader asked for, up to its limit and to the size of one message between nodes. */
final class EventCollector {
    private static final int EVENT_BYTES = 160;

    private final EventBus.EventQuery query;
    private final EventViews views;
    private final List<ChannelEventView> events = new ArrayList<>();
    private EventCursor nextAfter;
    private long bytes;
    private boolean isFull;

    EventCollector(EventBus.EventQuery query, EventViews views) {
        this.query = query;
        this.views = views;
        this.nextAfter = query.after();
    }

    void add(StoredEntry entry) {
        if (isFull || entry.sequence() < query.after().sequence()) {
            return;
        }
        for (ChannelEventView event : views.of(entry.sequence(), entry.entry())) {
            if (query.shows(event)) {
                if (events.size() >= query.limit() || bytes >= Limits.LOG_PAGE_BYTES_MAX) {
                    isFull = true;
                    return;
                }
                events.add(event);
                bytes += size(event);
                nextAfter = event.cursor();
            }
        }
        nextAfter = new EventCursor(entry.sequence(), Integer.MAX_VALUE);
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    List<ChannelEventView> events() {
        return events;
    }

    /** Everything up to here was looked at; it may lie behind the last event shown. */
    EventCursor nextAfter() {
        return nextAfter;
    }

    private static long size(ChannelEventView event) {
        long size = EVENT_BYTES;
        for (Map.Entry<String, Object> fact : event.data().entrySet()) {
            size += fact.getKey().length() + fact.getValue().toString().length();
        }
        return size;
    }
}
