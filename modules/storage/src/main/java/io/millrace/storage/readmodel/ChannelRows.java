package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads rows of channels, for views and for a writer that locks them. */
final class ChannelRows {
    /** States with a column of their own, in the order of the columns. */
    static final List<JobState> COUNTED_STATES = List.of(
            JobState.QUEUED,
            JobState.RUNNING,
            JobState.SCHEDULED,
            JobState.BLOCKED,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.LOST);

    private static final String VIEW_COLUMNS =
            "name, spec, state, node, incarnation, queued, running, scheduled, blocked, "
                    + "succeeded, failed, cancelled, lost";

    /** What {@link #view} reads of a row of {@code channels}. Running jobs are few, and an index has them together. */
    static final String SHOWN_COLUMNS = VIEW_COLUMNS
            + ", processes + CASE WHEN running = 0 THEN 0 ELSE (SELECT count(*) FROM jobs j "
            + "WHERE j.channel_key = channels.channel_key AND j.notable = " + StoredCodes.of(JobState.RUNNING)
            + " AND j.kind = " + StoredCodes.of(JobKind.PROCESS) + ") END AS processes_shown";

    private static final String INSERT_MISSING =
            "INSERT INTO channels (name) SELECT unnest(?::text[]) ON CONFLICT (name) DO NOTHING";

    private static final String LOCK = "SELECT position, channel_key, cleanups, processes, " + VIEW_COLUMNS
            + " FROM channels WHERE name = ANY (?) ORDER BY name FOR UPDATE";

    private ChannelRows() {}

    /** An expression that counts the jobs of a channel in any of these states. */
    static String countOf(Collection<JobState> states) {
        return states.stream().map(ChannelRows::columnOf).collect(Collectors.joining(" + "));
    }

    private static String columnOf(JobState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Locks the rows of channels until the transaction ends, creating those that are missing. Rows are locked in name
     * order, so that two writers never wait for each other in a circle.
     */
    static SequencedMap<ChannelName, ChannelChange> lock(Connection connection, Collection<ChannelName> names)
            throws SQLException {
        String[] sorted = names.stream().sorted().map(ChannelName::value).toArray(String[]::new);
        SequencedMap<ChannelName, ChannelChange> channels = lockExisting(connection, sorted);
        if (channels.size() < sorted.length) {
            try (PreparedStatement insert = connection.prepareStatement(INSERT_MISSING)) {
                insert.setArray(1, connection.createArrayOf("text", sorted));
                insert.executeUpdate();
            }
            channels = lockExisting(connection, sorted);
        }
        return channels;
    }

    private static SequencedMap<ChannelName, ChannelChange> lockExisting(Connection connection, String[] names)
            throws SQLException {
        SequencedMap<ChannelName, ChannelChange> channels = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(LOCK)) {
            select.setArray(1, connection.createArrayOf("text", names));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    ChannelChange channel = change(row);
                    channels.put(channel.name(), channel);
                }
            }
        }
        return channels;
    }

    private static ChannelChange change(ResultSet row) throws SQLException {
        Long key = row.getObject("channel_key", Long.class);
        return new ChannelChange(
                new ChannelName(row.getString("name")),
                row.getLong("position"),
                key,
                key == null ? null : StoredCodes.channelState(row.getInt("state")),
                row.getString("node"),
                row.getLong("incarnation"),
                counts(row),
                row.getLong("cleanups"),
                row.getLong("processes"));
    }

    static ChannelView view(ResultSet row, ValueCodec codec) throws SQLException {
        JobCounts counts = counts(row);
        return new ChannelView(
                new ChannelName(row.getString("name")),
                codec.decodeChannelSpec(row.getString("spec")),
                StoredCodes.channelState(row.getInt("state")),
                row.getString("node"),
                row.getLong("incarnation"),
                counts,
                Math.toIntExact(counts.running()),
                Math.toIntExact(row.getLong("processes_shown")),
                List.of());
    }

    private static JobCounts counts(ResultSet row) throws SQLException {
        return new JobCounts(
                row.getLong("queued"),
                row.getLong("running"),
                row.getLong("scheduled"),
                row.getLong("blocked"),
                row.getLong("succeeded"),
                row.getLong("failed"),
                row.getLong("cancelled"),
                row.getLong("lost"));
    }
}
