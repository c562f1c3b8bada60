package io.millrace.domain.incident;

import io.millrace.contracts.incident.IncidentState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The same rules written down as plainly as possible, without any of the code under test. */
final class NaiveIncidents {
    final Map<UUID, Entry> all = new LinkedHashMap<>();

    static final class Entry {
        final UUID id;
        final String subject;
        int order;
        IncidentState state = IncidentState.OPEN;
        boolean isAcknowledged;
        long count = 1;
        long sinceMillis;
        final Set<String> occurrences = new HashSet<>();
        final List<UUID> children = new ArrayList<>();

        @Nullable UUID parent;

        Entry(UUID id, String subject) {
            this.id = id;
            this.subject = subject;
        }
    }

    private int orders;

    @Nullable Entry get(UUID id) {
        return all.get(id);
    }

    /** Opened or reopened last among those about a subject, or what that was merged into. */
    private @Nullable Entry counting(String subject) {
        Entry latest = all.values().stream()
                .filter(entry -> entry.subject.equals(subject))
                .max(Comparator.comparingInt(entry -> entry.order))
                .orElse(null);
        while (latest != null && latest.parent != null) {
            latest = all.get(latest.parent);
        }
        return latest;
    }

    /** @return the incident in which it counts */
    UUID report(String subject, String occurrence, UUID newId, long nowMillis) {
        Entry known = counting(subject);
        if (known != null && known.occurrences.contains(occurrence)) {
            return known.id;
        }
        if (known == null || known.state == IncidentState.CLOSED) {
            Entry opened = new Entry(newId, subject);
            opened.order = ++orders;
            opened.sinceMillis = nowMillis;
            opened.occurrences.add(occurrence);
            all.put(newId, opened);
            return newId;
        }
        if (known.state == IncidentState.RESOLVED) {
            open(known, nowMillis);
        }
        known.occurrences.add(occurrence);
        known.count++;
        return known.id;
    }

    private void open(Entry entry, long nowMillis) {
        entry.state = IncidentState.OPEN;
        entry.isAcknowledged = false;
        entry.sinceMillis = nowMillis;
        entry.order = ++orders;
    }

    /** @return false if it is refused */
    boolean act(UUID id, String action, long nowMillis) {
        Entry entry = all.get(id);
        if (entry == null || entry.parent != null) {
            return false;
        }
        switch (action + " " + entry.state) {
            case "ACKNOWLEDGE OPEN" -> entry.isAcknowledged = true;
            case "INVESTIGATE OPEN" -> move(entry, IncidentState.INVESTIGATING, nowMillis);
            case "RESOLVE OPEN", "RESOLVE INVESTIGATING" -> move(entry, IncidentState.RESOLVED, nowMillis);
            case "CLOSE RESOLVED" -> move(entry, IncidentState.CLOSED, nowMillis);
            case "REOPEN RESOLVED", "REOPEN CLOSED" -> {
                Entry other = counting(entry.subject);
                if (other != null && other != entry && other.state != IncidentState.CLOSED) {
                    return false;
                }
                open(entry, nowMillis);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void move(Entry entry, IncidentState state, long nowMillis) {
        entry.state = state;
        entry.isAcknowledged = false;
        entry.sinceMillis = nowMillis;
    }

    /** @return false if it is refused */
    boolean merge(UUID id, UUID into, long nowMillis) {
        Entry child = all.get(id);
        Entry parent = all.get(into);
        if (child == null || parent == null || child == parent || child.state == IncidentState.CLOSED) {
            return false;
        }
        if (parent.state != IncidentState.OPEN && parent.state != IncidentState.INVESTIGATING) {
            return false;
        }
        move(child, IncidentState.CLOSED, nowMillis);
        child.parent = into;
        parent.children.add(id);
        parent.count += child.count;
        parent.occurrences.addAll(child.occurrences);
        return true;
    }

    boolean remove(UUID id) {
        for (Entry other : all.values()) {
            other.children.remove(id);
            if (id.equals(other.parent)) {
                other.parent = null;
            }
        }
        return all.remove(id) != null;
    }

    void elapse(long nowMillis) {
        long day = 24L * 60 * 60 * 1_000;
        List<UUID> gone = new ArrayList<>();
        for (Entry entry : all.values()) {
            long days = (nowMillis - entry.sinceMillis) / day;
            if (entry.state == IncidentState.RESOLVED && days >= 7) {
                move(entry, IncidentState.CLOSED, nowMillis);
            } else if (entry.state == IncidentState.CLOSED && days >= 30) {
                gone.add(entry.id);
            }
        }
        gone.forEach(this::remove);
    }
}
