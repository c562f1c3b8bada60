package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.port.ChannelHistory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;

/**
 * Applies histories within one transaction: locks the channels' rows, skips what they have already, folds the rest and
 * writes it.
 */
final class BatchWriter {
    /** Ids per look-up, for the same reason as rows per statement. */
    private static final int IDS_PER_QUERY_MAX = 5_000;

    private final RowWriter rows;

    BatchWriter(ValueCodec codec) {
        this.rows = new RowWriter(codec);
    }

    /** An event that is not applied yet, and its channel. */
    private record Pending(ChannelChange channel, ChannelEvent event) {}

    /** Returns how many events were applied; those the rows have already do not count. */
    int apply(Connection connection, List<ChannelHistory> histories) throws SQLException {
        Set<ChannelName> names = new LinkedHashSet<>();
        histories.forEach(history -> names.add(history.channel()));
        SequencedMap<ChannelName, ChannelChange> channels = ChannelRows.lock(connection, names);
        List<Pending> pending = advance(channels, histories);
        if (pending.isEmpty()) {
            return 0;
        }
        BatchFold fold = new BatchFold(storedStates(connection, pending), keys(connection, pending));
        pending.forEach(each -> fold.apply(each.channel(), each.event()));
        rows.write(connection, fold, channels.values());
        return pending.size();
    }

    /** Moves the channels' positions and returns the events that were passed, in order within each channel. */
    private static List<Pending> advance(Map<ChannelName, ChannelChange> channels, List<ChannelHistory> histories) {
        List<ChannelHistory> inOrder = new ArrayList<>(histories);
        inOrder.sort(Comparator.comparingLong(ChannelHistory::firstSequence));
        List<Pending> pending = new ArrayList<>();
        for (ChannelHistory history : inOrder) {
            ChannelChange channel = channels.get(history.channel());
            if (channel == null) {
                throw new IllegalStateException("the row of channel '" + history.channel() + "' was not locked");
            }
            if (history.firstSequence() > channel.position() + 1) {
                throw new IllegalStateException("The read model has channel '" + history.channel() + "' up to entry "
                        + channel.position() + " and was given entry " + history.firstSequence()
                        + " next. Read the entries between them from the journal.");
            }
            int known = Math.toIntExact(
                    Math.min(history.entries().size(), channel.position() + 1 - history.firstSequence()));
            for (JournalEntry entry :
                    history.entries().subList(known, history.entries().size())) {
                entry.events().forEach(event -> pending.add(new Pending(channel, event)));
            }
            channel.position(Math.max(channel.position(), history.lastSequence()));
        }
        return pending;
    }

    private static Map<JobId, JobState> storedStates(Connection connection, List<Pending> pending) throws SQLException {
        List<UUID> ids = new ArrayList<>();
        for (Pending each : pending) {
            if (each.event() instanceof ChannelEvent.JobsEnded ended) {
                ended.jobs().forEach(id -> ids.add(JobIds.toUuid(id)));
            }
        }
        Map<JobId, JobState> states = new HashMap<>();
        for (int from = 0; from < ids.size(); from += IDS_PER_QUERY_MAX) {
            readStates(connection, ids.subList(from, Math.min(ids.size(), from + IDS_PER_QUERY_MAX)), states);
        }
        return states;
    }

    private static void readStates(Connection connection, List<UUID> ids, Map<JobId, JobState> states)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id, state FROM jobs WHERE id = ANY (?)")) {
            select.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    states.put(JobIds.fromUuid(row.getObject(1, UUID.class)), StoredCodes.jobState(row.getInt(2)));
                }
            }
        }
    }

    /** Keys for the channels that the batch creates. */
    private static ChannelKeys keys(Connection connection, List<Pending> pending) throws SQLException {
        long created = pending.stream()
                .filter(each -> each.event() instanceof ChannelEvent.ChannelCreated)
                .count();
        return created == 0 ? ChannelKeys.NONE : ChannelKeys.take(connection, created);
    }
}
