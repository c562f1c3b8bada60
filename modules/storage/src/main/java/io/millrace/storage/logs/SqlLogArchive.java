package io.millrace.storage.logs;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.port.LogArchive;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.StoredRows;
import io.millrace.storage.database.StoredRows.Column;
import io.millrace.storage.database.StoredRows.SqlType;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Stored output in PostgreSQL. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class SqlLogArchive implements LogArchive {
    /** Blocks removed in one transaction. */
    private static final int BLOCKS_PER_REMOVAL_MAX = 5_000;

    /** Blocks fetched from the server at once: readers mostly stop after a few. */
    private static final int BLOCKS_PER_FETCH = 16;

    /** Totals are updated in name order, so that two writers never wait for each other in a circle. */
    private static final String APPEND = """
        WITH stored AS (
            INSERT INTO log_blocks (channel, job, attempt, first_cursor, last_cursor, first_millis, last_millis, lines)
            SELECT * FROM unnest(?::text[], ?::uuid[], ?::int4[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::bytea[])
            ON CONFLICT (channel, first_cursor) DO NOTHING
            RETURNING channel, octet_length(lines) AS bytes)
        INSERT INTO log_totals (channel, bytes)
        SELECT channel, sum(bytes) FROM stored GROUP BY channel ORDER BY channel
        ON CONFLICT (channel) DO UPDATE SET bytes = log_totals.bytes + excluded.bytes
        """;

    private static final List<Column<LogBlock>> BLOCK = List.of(
            Column.of(SqlType.TEXT, block -> block.channel().value()),
            Column.of(SqlType.UUID, block -> uuid(block.job())),
            Column.of(SqlType.INTEGER, LogBlock::attempt),
            Column.of(SqlType.BIGINT, LogBlock::firstCursor),
            Column.of(SqlType.BIGINT, LogBlock::lastCursor),
            Column.of(SqlType.BIGINT, LogBlock::firstMillis),
            Column.of(SqlType.BIGINT, LogBlock::lastMillis),
            Column.of(SqlType.BYTES, LogBlock::lines));

    private static final String SELECT =
            "SELECT channel, job, attempt, first_cursor, last_cursor, first_millis, last_millis, lines FROM log_blocks "
                    + "WHERE channel = ?";

    private final Database database;

    public SqlLogArchive(Database database) {
        this.database = database;
    }

    @Override
    public void append(List<LogBlock> blocks) {
        if (!blocks.isEmpty()) {
            database.transaction(
                    "store " + blocks.size() + " blocks of output",
                    connection -> StoredRows.write(connection, APPEND, BLOCK, blocks));
        }
    }

    /**
     * Blocks do not overlap, so only the one that begins last at or before the cursor can hold lines on both sides of
     * it; every later one lies behind it whole.
     */
    @Override
    public List<LogBlock> read(ChannelName channel, @Nullable JobId job, long afterCursor, int bytesMax) {
        String ofJob = job == null ? "" : " AND job = ?";
        String sql = SELECT + ofJob + " AND last_cursor > ? AND first_cursor >= coalesce((SELECT max(first_cursor) "
                + "FROM log_blocks WHERE channel = ?" + ofJob + " AND first_cursor <= ?), 0) ORDER BY first_cursor";
        List<Object> parameters = new ArrayList<>();
        addOwner(parameters, channel, job);
        parameters.add(afterCursor);
        addOwner(parameters, channel, job);
        parameters.add(afterCursor);
        return blocks(sql, parameters, bytesMax);
    }

    @Override
    public List<LogBlock> readBackwards(ChannelName channel, @Nullable JobId job, long beforeCursor, int bytesMax) {
        String sql = SELECT + (job == null ? "" : " AND job = ?") + " AND first_cursor < ? ORDER BY first_cursor DESC";
        List<Object> parameters = new ArrayList<>();
        addOwner(parameters, channel, job);
        parameters.add(beforeCursor);
        return blocks(sql, parameters, bytesMax);
    }

    @Override
    public long lastCursor(ChannelName channel) {
        return database.transaction("read the last cursor of a log", connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT last_cursor FROM log_blocks WHERE channel = ? ORDER BY first_cursor DESC LIMIT 1")) {
                select.setString(1, channel.value());
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? row.getLong(1) : 0L;
                }
            }
        });
    }

    @Override
    public long trim(ChannelName channel, long bytesMax) {
        long removed = 0;
        LogRemoval.Removed step;
        do {
            step = database.transaction("trim a log", connection -> trimStep(connection, channel, bytesMax));
            removed += step.bytes();
        } while (step.blocks() == BLOCKS_PER_REMOVAL_MAX);
        return removed;
    }

    private static LogRemoval.Removed trimStep(Connection connection, ChannelName channel, long bytesMax)
            throws SQLException {
        long excess = total(connection, channel) - bytesMax;
        return excess <= 0
                ? new LogRemoval.Removed(0, 0)
                : LogRemoval.oldest(
                        connection,
                        new LogRemoval.Lines(channel.value(), null, Long.MAX_VALUE),
                        excess,
                        BLOCKS_PER_REMOVAL_MAX);
    }

    private static long total(Connection connection, ChannelName channel) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT bytes FROM log_totals WHERE channel = ? FOR UPDATE")) {
            select.setString(1, channel.value());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    @Override
    public long removeUpTo(ChannelName channel, @Nullable JobId job, long cursor) {
        var lines = new LogRemoval.Lines(channel.value(), job == null ? null : uuid(job), cursor);
        long removed = 0;
        LogRemoval.Removed step;
        do {
            step = database.transaction(
                    "remove a log",
                    connection -> LogRemoval.oldest(connection, lines, Long.MAX_VALUE, BLOCKS_PER_REMOVAL_MAX));
            removed += step.bytes();
        } while (step.blocks() == BLOCKS_PER_REMOVAL_MAX);
        return removed;
    }

    private static void addOwner(List<Object> parameters, ChannelName channel, @Nullable JobId job) {
        parameters.add(channel.value());
        if (job != null) {
            parameters.add(uuid(job));
        }
    }

    private List<LogBlock> blocks(String sql, List<Object> parameters, int bytesMax) {
        return database.transaction("read a log", connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setFetchSize(BLOCKS_PER_FETCH);
                for (int i = 0; i < parameters.size(); i++) {
                    select.setObject(i + 1, parameters.get(i));
                }
                try (ResultSet row = select.executeQuery()) {
                    return firstBlocks(row, bytesMax);
                }
            }
        });
    }

    private static List<LogBlock> firstBlocks(ResultSet row, int bytesMax) throws SQLException {
        List<LogBlock> blocks = new ArrayList<>();
        long bytes = 0;
        while (row.next()) {
            LogBlock block = block(row);
            bytes += block.lines().length;
            if (bytes > bytesMax && !blocks.isEmpty()) {
                break;
            }
            blocks.add(block);
        }
        return blocks;
    }

    private static LogBlock block(ResultSet row) throws SQLException {
        UUID job = row.getObject("job", UUID.class);
        long first = row.getLong("first_cursor");
        return new LogBlock(
                new ChannelName(row.getString("channel")),
                new JobId(job.getMostSignificantBits(), job.getLeastSignificantBits()),
                row.getInt("attempt"),
                first,
                Math.toIntExact(row.getLong("last_cursor") - first + 1),
                row.getLong("first_millis"),
                row.getLong("last_millis"),
                row.getBytes("lines"));
    }

    private static UUID uuid(JobId job) {
        return new UUID(job.high(), job.low());
    }
}
