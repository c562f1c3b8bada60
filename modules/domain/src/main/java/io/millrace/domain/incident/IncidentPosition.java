package io.millrace.domain.incident;

import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;

/** Where a page of the list of incidents ends: behind this one. The list is ordered by it, newest first. */
public record IncidentPosition(long firstSeenMillis, UUID incident) implements Comparable<IncidentPosition> {
    private static final Comparator<IncidentPosition> NEWEST_FIRST = Comparator.comparingLong(
                    IncidentPosition::firstSeenMillis)
            .reversed()
            .thenComparing(IncidentPosition::incident);

    static IncidentPosition of(Incident incident) {
        return new IncidentPosition(incident.sightings().firstMillis(), incident.id());
    }

    /** As {@link #toString} writes it; empty for any other text. */
    public static Optional<IncidentPosition> parse(String token) {
        int point = token.indexOf('.');
        try {
            return point < 1
                    ? Optional.empty()
                    : Optional.of(new IncidentPosition(
                            Long.parseLong(token.substring(0, point)), UUID.fromString(token.substring(point + 1))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public int compareTo(IncidentPosition other) {
        return NEWEST_FIRST.compare(this, other);
    }

    @Override
    public String toString() {
        return firstSeenMillis + "." + incident;
    }
}
