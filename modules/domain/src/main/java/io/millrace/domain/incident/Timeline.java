package io.millrace.domain.incident;

import io.millrace.contracts.incident.IncidentView.Change;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;

/**
 * What happened to an incident, oldest first.
 *
 * @param dropped how many entries behind the first one are gone
 */
public record Timeline(List<Entry> entries, int dropped) {
    static final Timeline EMPTY = new Timeline(List.of(), 0);

    public Timeline {
        entries = List.copyOf(entries);
    }

    /** @param times how many of the same in a row this entry stands for; it shows the last of them */
    public record Entry(long atMillis, String by, Change change, String note, long times) {}

    /** Something that is seen again and again takes one entry, so that it does not push out what people did. */
    Timeline and(long atMillis, String by, Change change, String note) {
        List<Entry> all = new ArrayList<>(entries);
        Entry last = all.isEmpty() ? null : all.getLast();
        boolean isRepeated = last != null && change == Change.SEEN_AGAIN && last.change == change;
        if (last != null && isRepeated) {
            all.set(all.size() - 1, new Entry(atMillis, by, change, note, last.times + 1));
        } else {
            all.add(new Entry(atMillis, by, change, note, 1));
        }
        boolean isTooLong = all.size() > Limits.INCIDENT_TIMELINE_MAX;
        if (isTooLong) {
            all.remove(1);
        }
        return new Timeline(all, dropped + (isTooLong ? 1 : 0));
    }
}
