package io.millrace.edge;

import io.millrace.contracts.Page;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentQuery;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentView;
import io.millrace.contracts.incident.Incidents;
import io.millrace.domain.Limits;
import io.millrace.domain.incident.Incident;
import io.millrace.domain.incident.IncidentBook;
import io.millrace.domain.incident.IncidentDecision;
import io.millrace.domain.incident.IncidentEvent;
import io.millrace.domain.incident.IncidentPosition;
import io.millrace.domain.incident.IncidentRules;
import io.millrace.domain.incident.IncidentViews;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Incidents without a cluster: the same rules, at a time that stands still. */
public final class InMemoryIncidents implements Incidents {
    /** 2026-01-31T12:00:00Z. */
    public static final long NOON_MILLIS = 1_769_860_800_000L;

    private IncidentBook book = IncidentBook.EMPTY;
    private long ids;

    @Override
    public synchronized CompletionStage<UUID> add(IncidentReport report) {
        return take(IncidentRules.report(book, report, new UUID(1, ++ids)));
    }

    @Override
    public synchronized CompletionStage<Optional<IncidentView>> get(UUID incident) {
        return CompletableFuture.completedStage(
                Optional.ofNullable(book.incident(incident)).map(found -> IncidentViews.whole(found, NOON_MILLIS)));
    }

    @Override
    public CompletionStage<List<IncidentView>> all() {
        return list(new IncidentQuery(null, null, null, Limits.INCIDENTS_MAX, null))
                .thenApply(Page::items);
    }

    @Override
    public synchronized CompletionStage<Page<IncidentView>> list(IncidentQuery query) {
        var filter = new IncidentViews.Filter(query.state(), query.channel(), query.priority());
        IncidentPosition after = query.pageToken() == null
                ? null
                : IncidentPosition.parse(query.pageToken()).orElseThrow();
        List<IncidentView> found = IncidentViews.list(book, filter, after, query.pageSize() + 1, NOON_MILLIS);
        boolean hasMore = found.size() > query.pageSize();
        List<IncidentView> items = hasMore ? found.subList(0, query.pageSize()) : found;
        return CompletableFuture.completedStage(new Page<>(
                items, hasMore ? IncidentViews.positionOf(items.getLast()).toString() : null));
    }

    @Override
    public synchronized CompletionStage<IncidentView> act(
            UUID incident, IncidentAction action, String by, String note) {
        return shown(take(IncidentRules.act(book, incident, action, by, note, NOON_MILLIS)));
    }

    @Override
    public synchronized CompletionStage<IncidentView> merge(UUID incident, UUID into, String by, String note) {
        return shown(take(IncidentRules.merge(book, incident, into, by, note, NOON_MILLIS)));
    }

    @Override
    public synchronized CompletionStage<Boolean> remove(UUID incident) {
        List<IncidentEvent> events = IncidentRules.remove(book, incident, NOON_MILLIS);
        book = book.evolve(events);
        return CompletableFuture.completedStage(!events.isEmpty());
    }

    private CompletionStage<UUID> take(IncidentDecision decision) {
        return switch (decision) {
            case IncidentDecision.Accepted(var incident, var events) -> {
                book = book.evolve(events);
                yield CompletableFuture.completedStage(incident);
            }
            case IncidentDecision.Refused(var problem) -> CompletableFuture.failedStage(problem.asException());
        };
    }

    private CompletionStage<IncidentView> shown(CompletionStage<UUID> changed) {
        return changed.thenApply(id -> {
            Incident incident = Objects.requireNonNull(book.incident(id));
            return IncidentViews.whole(incident, NOON_MILLIS);
        });
    }
}
