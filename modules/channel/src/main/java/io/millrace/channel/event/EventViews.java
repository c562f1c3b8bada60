package io.millrace.channel.event;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.SubmittedJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows stored entries as the events users read. The place of an event inside its entry is part of its cursor, so the
 * number of events an entry gives must never change for stored entries.
 */
final class EventViews {
    private final ChannelName channel;
    private final ValueCodec codec;

    EventViews(ChannelName channel, ValueCodec codec) {
        this.channel = channel;
        this.codec = codec;
    }

    List<ChannelEventView> of(long sequence, JournalEntry entry) {
        Entry views = new Entry(sequence);
        for (ChannelEvent event : entry.events()) {
            add(views, event);
        }
        return views.events;
    }

    private void add(Entry to, ChannelEvent event) {
        switch (event) {
            case ChannelEvent.ChannelCreated e -> to.add(e, "channel.created", null, Map.of());
            case ChannelEvent.ChannelChanged e -> to.add(e, "channel.changed", null, Map.of());
            case ChannelEvent.ChannelPaused e -> to.add(e, "channel.paused", null, Map.of());
            case ChannelEvent.ChannelResumed e -> to.add(e, "channel.resumed", null, Map.of());
            case ChannelEvent.ChannelDraining e -> to.add(e, "channel.draining", null, Map.of());
            case ChannelEvent.ChannelDeleting e -> to.add(e, "channel.deleting", null, Map.of());
            case ChannelEvent.ChannelDeleted e -> to.add(e, "channel.deleted", null, Map.of());
            case ChannelEvent.OwnershipTaken e ->
                to.add(e, "channel.moved", null, Map.of("node", e.node(), "incarnation", e.incarnation()));
            case ChannelEvent.JobsSubmitted e ->
                e.jobs().forEach(job -> to.add(e, "job.submitted", job.id(), facts(job, e)));
            case ChannelEvent.JobsDue e -> e.jobs().forEach(job -> to.add(e, "job.queued", job, Map.of()));
            case ChannelEvent.AttemptStarted e ->
                to.add(e, "job.started", e.job(), attempt(e.number(), e.epoch(), Map.of("node", e.node())));
            case ChannelEvent.AttemptAdopted e ->
                to.add(e, "job.adopted", e.job(), attempt(e.number(), e.epoch(), Map.of("node", e.node())));
            case ChannelEvent.CancelRequested e -> to.add(e, "job.cancelRequested", e.job(), Map.of());
            case ChannelEvent.AttemptEnded e -> to.add(e, typeAfter(e.next()), e.job(), facts(e));
            case ChannelEvent.JobsEnded e ->
                e.jobs().forEach(job -> to.add(e, typeAfter(e.state()), job, Map.of("reason", e.reason())));
            case ChannelEvent.JobRetried e ->
                to.add(e, "job.queued", e.job().id(), Map.of("attempts", e.attempts(), "retriedByUser", true));
            case ChannelEvent.LateResultRecorded e -> to.add(e, "job.lateResult", e.job(), Map.of("epoch", e.epoch()));
            case ChannelEvent.EventPublished e -> to.add(e, e.type(), e.job(), published(e.dataJson()));
            case ChannelEvent.LockGranted e -> to.add(e, "lock.granted", e.job(), facts(e));
            case ChannelEvent.LockReleased e ->
                to.add(
                        e,
                        "lock.released",
                        e.job(),
                        Map.of(
                                "lock", e.lock().value(),
                                "owner", e.owner(),
                                "token", e.token(),
                                "reason", e.reason().name()));
            case ChannelEvent.ResourcesNoted e -> to.add(e, "job.resourcesNoted", e.job(), facts(e));
            case ChannelEvent.CleanupChanged e ->
                to.add(e, CleanupFacts.type(e.change()), CleanupFacts.job(e.change()), CleanupFacts.of(e.change()));
            case ChannelEvent.ProcessChanged e ->
                to.add(e, ProcessFacts.type(e.change()), null, ProcessFacts.of(e.change()));
        }
    }

    private static String typeAfter(JobState next) {
        return switch (next) {
            case SUCCEEDED, FAILED, CANCELLED, LOST -> "job." + next.name().toLowerCase(Locale.ROOT);
            case SCHEDULED, QUEUED -> "job.retrying";
            case BLOCKED, RUNNING -> throw new IllegalStateException("not a state after an attempt: " + next);
        };
    }

    private static Map<String, Object> facts(SubmittedJob job, ChannelEvent.JobsSubmitted event) {
        boolean isScheduled = job.notBeforeMillis() > event.at();
        return Map.of(
                "name", job.name(),
                "kind", job.kind().wireName(),
                "priority", job.priority().wireName(),
                "state", (isScheduled ? JobState.SCHEDULED : JobState.QUEUED).name());
    }

    private static Map<String, Object> facts(ChannelEvent.AttemptEnded event) {
        AttemptOutcome outcome = event.outcome();
        Map<String, Object> facts = new HashMap<>();
        if (outcome.exitCode() != null) {
            facts.put("exitCode", outcome.exitCode());
        }
        if (outcome.signal() != null) {
            facts.put("signal", outcome.signal());
        }
        Problem error = outcome.error();
        if (error != null) {
            facts.put("code", error.code().name());
            facts.put("detail", error.detail());
        }
        if (event.retryAtMillis() > 0) {
            facts.put("retryAt", Instant.ofEpochMilli(event.retryAtMillis()).toString());
        }
        return attempt(event.number(), event.epoch(), facts);
    }

    private static Map<String, Object> facts(ChannelEvent.LockGranted event) {
        Map<String, Object> facts = new HashMap<>();
        facts.put("lock", event.lock().value());
        facts.put("owner", event.owner());
        facts.put("token", event.token());
        if (event.level() != null) {
            facts.put("level", event.level());
        }
        return facts;
    }

    private static Map<String, Object> facts(ChannelEvent.ResourcesNoted event) {
        List<Map<String, Object>> held = event.resources().stream()
                .map(noted -> Map.<String, Object>of(
                        "type", noted.type().wireName(), "count", noted.count(), "amount", noted.amount()))
                .toList();
        return Map.of("epoch", event.epoch(), "resources", held);
    }

    private static Map<String, Object> attempt(int number, long epoch, Map<String, Object> others) {
        Map<String, Object> facts = new HashMap<>(others);
        facts.put("attempt", number);
        facts.put("epoch", epoch);
        return facts;
    }

    /** What a handler published was checked when it came in; anything that is no plain value is left out. */
    private Map<String, Object> published(String json) {
        Map<String, Object> data = new HashMap<>();
        if (codec.decodeValue(json) instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> {
                if (name instanceof String key
                        && (value instanceof String || value instanceof Number || value instanceof Boolean)) {
                    data.put(key, value);
                }
            });
        }
        return data;
    }

    /** Gives the events of one entry their places. */
    private final class Entry {
        private final long sequence;
        private final List<ChannelEventView> events = new ArrayList<>();

        private Entry(long sequence) {
            this.sequence = sequence;
        }

        private void add(ChannelEvent event, String type, @Nullable JobId job, Map<String, Object> data) {
            EventCursor cursor = new EventCursor(sequence, events.size());
            events.add(new ChannelEventView(cursor, channel, type, Instant.ofEpochMilli(event.at()), job, data));
        }
    }
}
