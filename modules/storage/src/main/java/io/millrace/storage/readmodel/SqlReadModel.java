package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobView;
import io.millrace.domain.Limits;
import io.millrace.domain.port.ChannelHistory;
import io.millrace.domain.port.ReadModel;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.StorableText;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The read model in PostgreSQL. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class SqlReadModel implements ReadModel {
    /** What stands before a channel's name in its persistence id in the journal. */
    public static final String PERSISTENCE_ID_PREFIX = "Channel|";

    private static final String CHANNEL_LIST = "channels";

    private static final String JOB = "SELECT " + JobRows.VIEW_COLUMNS
            + " FROM jobs j JOIN channels c ON c.channel_key = j.channel_key WHERE j.id = ?";

    private static final String ATTEMPTS = """
        WITH job AS (
            SELECT j.* FROM jobs j JOIN channels c ON c.channel_key = j.channel_key WHERE j.id = ? AND c.name = ?)
        SELECT number, epoch, state, started_at, ended_at, node, exit_code, signal, error
        FROM attempts WHERE job IN (SELECT id FROM job)
        UNION ALL
        SELECT attempt, epoch, attempt_state, started_at, attempt_ended_at, node, exit_code, signal, error
        FROM job WHERE attempt_state IS NOT NULL
        ORDER BY number
        """;

    private static final String IDEMPOTENT = """
        SELECT i.body_hash, i.jobs
        FROM idempotency i JOIN channels c ON c.channel_key = i.channel_key
        WHERE c.name = ? AND i.key = ? AND i.created_at > ?
        """;

    /**
     * Walks the distinct persistence ids of the journal by its primary key, two look-ups per channel, since the journal
     * of a channel the read model has never heard of must be found too.
     */
    private static final String CHANNELS_WITH_WORK = """
        WITH RECURSIVE journal (id) AS (
            (SELECT persistence_id FROM event_journal
            WHERE persistence_id > ? AND persistence_id < ? ORDER BY persistence_id LIMIT 1)
            UNION ALL
            SELECT (SELECT persistence_id FROM event_journal
                WHERE persistence_id > journal.id AND persistence_id < ? ORDER BY persistence_id LIMIT 1)
            FROM journal WHERE journal.id IS NOT NULL),
        written (name, last) AS (
            SELECT substr(id, ?), (SELECT max(sequence_number) FROM event_journal WHERE persistence_id = id)
            FROM journal WHERE id IS NOT NULL)
        SELECT name COLLATE "C" AS name FROM written LEFT JOIN channels USING (name)
        WHERE last > coalesce(position, 0)
        UNION
        SELECT name FROM channels
        WHERE name > ? AND channel_key IS NOT NULL
            AND (queued + running + scheduled + blocked + cleanups + processes > 0 OR state = ?)
        ORDER BY name LIMIT ?
        """;

    private final Database database;
    private final ValueCodec codec;
    private final BatchWriter writer;
    private final ExpiredRows expired;
    private final Clock clock;

    public SqlReadModel(Database database, ValueCodec codec) {
        this(database, codec, Clock.systemUTC());
    }

    SqlReadModel(Database database, ValueCodec codec, Clock clock) {
        this.database = database;
        this.codec = codec;
        this.clock = clock;
        this.writer = new BatchWriter(codec);
        this.expired = new ExpiredRows();
    }

    @Override
    public void apply(List<ChannelHistory> histories) {
        if (!histories.isEmpty()) {
            database.transaction(
                    "write " + histories.size() + " histories into the read model",
                    connection -> writer.apply(connection, histories));
        }
    }

    @Override
    public long position(ChannelName channel) {
        return positions(List.of(channel)).getOrDefault(channel, 0L);
    }

    @Override
    public Map<ChannelName, Long> positions(List<ChannelName> channels) {
        return database.transaction("read positions", connection -> {
            Map<ChannelName, Long> positions = new HashMap<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT name, position FROM channels WHERE name = ANY (?) AND position > 0")) {
                String[] names = channels.stream().map(ChannelName::value).toArray(String[]::new);
                select.setArray(1, connection.createArrayOf("text", names));
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        positions.put(new ChannelName(row.getString(1)), row.getLong(2));
                    }
                }
            }
            return positions;
        });
    }

    @Override
    public Optional<JobView> job(ChannelName channel, JobId job) {
        return first("read a job", JOB + " AND c.name = ?", this::jobView, JobIds.toUuid(job), channel.value());
    }

    @Override
    public Optional<JobView> job(JobId job) {
        return first("read a job", JOB, this::jobView, JobIds.toUuid(job));
    }

    @Override
    public Page<JobView> jobs(JobQuery query) {
        JobList list = new JobList(query, codec);
        return database.transaction("list jobs", list::page);
    }

    @Override
    public List<AttemptView> attempts(ChannelName channel, JobId job) {
        return all("read attempts", ATTEMPTS, row -> JobRows.attempt(row, codec), JobIds.toUuid(job), channel.value());
    }

    @Override
    public Optional<IdempotentSubmission> idempotent(ChannelName channel, String key) {
        long keptSince = clock.millis() - Limits.IDEMPOTENCY_KEPT.toMillis();
        return first(
                "look up an idempotency key",
                IDEMPOTENT,
                row -> new IdempotentSubmission(row.getString(1), JobIds.fromBytes(row.getBytes(2))),
                channel.value(),
                StorableText.of(key),
                keptSince);
    }

    @Override
    public boolean channelExists(ChannelName channel) {
        return first(
                        "look up a channel",
                        "SELECT 1 FROM channels WHERE name = ? AND channel_key IS NOT NULL",
                        row -> row.getInt(1),
                        channel.value())
                .isPresent();
    }

    @Override
    public Optional<ChannelView> channel(ChannelName channel) {
        return first(
                "read a channel",
                "SELECT " + ChannelRows.SHOWN_COLUMNS + " FROM channels WHERE name = ? AND channel_key IS NOT NULL",
                this::channelView,
                channel.value());
    }

    @Override
    public Optional<ChannelDeletion> deletion(ChannelDeletion.Reference deletion) {
        return first(
                "read a deletion",
                "SELECT ended_at, result FROM deletions WHERE channel = ? AND began_at = ?",
                row -> new ChannelDeletion(deletion, Instant.ofEpochMilli(row.getLong(1)), row.getString(2), List.of()),
                deletion.channel().value(),
                deletion.beganAt().toEpochMilli());
    }

    @Override
    public Page<ChannelView> channels(int pageSize, @Nullable String pageToken) {
        String after =
                pageToken == null ? "" : new String(PageToken.lastKey(CHANNEL_LIST, pageToken), StandardCharsets.UTF_8);
        List<ChannelView> channels = all(
                "list channels",
                "SELECT " + ChannelRows.SHOWN_COLUMNS
                        + " FROM channels WHERE channel_key IS NOT NULL AND name > ? ORDER BY name LIMIT ?",
                this::channelView,
                after,
                pageSize + 1);
        if (channels.size() <= pageSize) {
            return new Page<>(channels, null);
        }
        List<ChannelView> shown = channels.subList(0, pageSize);
        byte[] last = shown.getLast().name().value().getBytes(StandardCharsets.UTF_8);
        return new Page<>(shown, PageToken.of(CHANNEL_LIST, last));
    }

    @Override
    public List<ChannelName> channelsWithWork(@Nullable ChannelName after, int limit) {
        String name = after == null ? "" : after.value();
        // Sorts behind every name of a channel: names have no character above z.
        String end = PERSISTENCE_ID_PREFIX + "{";
        return all(
                "find channels with work",
                CHANNELS_WITH_WORK,
                row -> new ChannelName(row.getString(1)),
                PERSISTENCE_ID_PREFIX + name,
                end,
                end,
                PERSISTENCE_ID_PREFIX.length() + 1,
                name,
                StoredCodes.of(ChannelState.DELETING),
                limit);
    }

    @Override
    public int removeExpired(int rowsMax) {
        long now = clock.millis();
        return database.transaction("remove expired rows", connection -> expired.remove(connection, now, rowsMax));
    }

    private JobView jobView(ResultSet row) throws SQLException {
        return JobRows.view(row, codec);
    }

    private ChannelView channelView(ResultSet row) throws SQLException {
        return ChannelRows.view(row, codec);
    }

    /** Makes a value of the row a result set stands on. */
    @FunctionalInterface
    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> Optional<T> first(String what, String sql, RowReader<T> reader, Object... parameters) {
        return all(what, sql, reader, parameters).stream().findFirst();
    }

    private <T> List<T> all(String what, String sql, RowReader<T> reader, Object... parameters) {
        return database.transaction(what, connection -> query(connection, sql, reader, parameters));
    }

    private static <T> List<T> query(Connection connection, String sql, RowReader<T> reader, Object... parameters)
            throws SQLException {
        List<T> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                select.setObject(i + 1, parameters[i]);
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
        }
        return rows;
    }
}
